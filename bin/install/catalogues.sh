# Translations are compiled when a catalogue is newer than what was made of it.

compile_catalogues() {
    for catalogue in portal/translations/*/LC_MESSAGES/messages.po; do
        compiled="${catalogue%.po}.mo"
        if [ -f "$catalogue" ] && [ ! "$compiled" -nt "$catalogue" ]; then
            "$VENV/bin/pybabel" --quiet compile -i "$catalogue" -o "$compiled"
        fi
    done
}
