# Debian's and Ubuntu's packages: installed as root, else unpacked into .syslib/ with what they depend on.

can_use_apt() { command -v apt-get >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

apt_install() {
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    if apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 </dev/null; then return; fi
    apt-get update -qq </dev/null || true
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null
}

apt_unpack() {
    debs="$ROOT/.cache/apt/debs"
    mkdir -p "$debs" "$SYSLIB"
    if ! would_install "$@" >/dev/null; then use_own_lists || return 1; fi
    names=$(would_install "$@") || return 1
    # shellcheck disable=SC2086  # one word a package
    (cd "$debs" && apt-get download -qq $names </dev/null >/dev/null) || return 1
    for deb in "$debs"/*.deb; do dpkg -x "$deb" "$SYSLIB"; done
    unset APT_CONFIG
    rm -rf "$ROOT/.cache/apt"
    find "$SYSLIB" -name '*.so.*' -exec dirname {} + | sort -u | paste -sd: - >"$SYSLIB/path"
    . "$ROOT/bin/env"
}

# The packages that are not on this machine yet, one a line.
would_install() {
    plan=$(apt-get install -s --no-install-recommends "$@" 2>/dev/null </dev/null) || return 1
    printf '%s\n' "$plan" | sed -n 's/^Inst \([^ ]*\).*/\1/p'
}

# Where the machine's own package lists are empty or old, an ordinary user fetches lists of their own.
use_own_lists() {
    APT_CONFIG="$ROOT/.cache/apt/apt.conf"
    mkdir -p "$ROOT/.cache/apt/lists/partial" "$ROOT/.cache/apt/archives/partial"
    printf 'Dir::State::lists "%s";\nDir::Cache "%s";\nDebug::NoLocking "1";\n' \
        "$ROOT/.cache/apt/lists" "$ROOT/.cache/apt" >"$APT_CONFIG"
    export APT_CONFIG
    apt-get update -qq </dev/null >&2
}
