# The proxy that deploy/nginx/ has a file for, so that the file is tried: unpacked, for installed it would begin to serve on this machine.
# Without it its test is skipped and says so.

install_nginx() {
    place="$ROOT/.cache/nginx"
    if command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || [ -x "$place/usr/sbin/nginx" ]; then return; fi
    if ! can_use_apt; then return; fi
    say "fetching nginx"
    mkdir -p "$place"
    if ! apt_fetch "$place" nginx; then
        use_own_lists || true
        apt_fetch "$place" nginx || say "no nginx: the test of deploy/nginx/ will be skipped"
        unset APT_CONFIG
    fi
    for deb in "$place"/*.deb; do
        if [ -f "$deb" ]; then dpkg -x "$deb" "$place"; fi
    done
}

apt_fetch() { (cd "$1" && apt-get download -qq "$2" </dev/null >/dev/null 2>&1); }
