# Pango lays out the text of documents. No Python package carries it.

PANGO="libpangoft2-1.0-0 libharfbuzz-subset0"

install_pango() {
    if has_pango; then return; fi
    say "installing Pango"
    # shellcheck disable=SC2086  # one word a package
    if ! can_use_apt; then
        false
    elif is_root; then
        apt_install $PANGO
    else
        apt_unpack $PANGO
    fi || true
    has_pango || die "Pango is missing. Install it, then run this again:

    sudo apt-get install -y $PANGO
"
}

has_pango() {
    "$VENV/bin/python" - 2>/dev/null <<'EOP'
import ctypes

for name in ("gobject-2.0", "fontconfig", "harfbuzz", "harfbuzz-subset", "pango-1.0", "pangoft2-1.0"):
    ctypes.CDLL(f"lib{name}.so.{1 if name == 'fontconfig' else 0}")
EOP
}
