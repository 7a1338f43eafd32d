# A browser for the journeys: one of this machine, else Debian's where we may install it, else they are skipped.

install_chromium() {
    if find_chromium; then return; fi
    if can_use_apt && is_root; then
        say "installing Chromium"
        apt_install chromium || true
        if find_chromium; then return; fi
    fi
    say "no Chromium: the browser journeys will be skipped. To run them too:

    sudo apt-get install -y chromium
"
}

find_chromium() {
    for name in "${PORTAL_CHROMIUM:-chromium}" chromium-browser google-chrome google-chrome-stable; do
        if PORTAL_CHROMIUM=$(command -v "$name"); then
            export PORTAL_CHROMIUM
            return
        fi
    done
    unset PORTAL_CHROMIUM
    return 1
}
