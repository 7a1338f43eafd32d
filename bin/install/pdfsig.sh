# A second opinion on the seals, where we may install it; without it the tests that ask for it are skipped and say so.

install_pdfsig() {
    if command -v pdfsig >/dev/null 2>&1 || ! can_use_apt || ! is_root; then return; fi
    say "installing poppler-utils"
    apt_install poppler-utils || true
}
