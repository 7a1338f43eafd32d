# The virtual environment, and the locked packages in it.

find_python() {
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    die "Python 3.11 or newer is needed; set PYTHON to its path if it has another name."
}

make_venv() {
    if "$VENV/bin/python" -c '' 2>/dev/null; then return; fi
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || die "Python's venv is missing. Install it, then run this again:

    sudo apt-get install -y python3-venv
"
    say "making .venv with $("$python" --version)"
    rm -rf "$VENV"
    "$python" -m venv "$VENV"
}

# What is installed for `dev` also serves `run`.
sync_packages() {
    lock=requirements.txt
    if [ "$MODE" = dev ]; then lock=requirements-dev.txt; fi
    wanted=$({ echo "$ROOT"; "$VENV/bin/python" --version; cat requirements.txt requirements-dev.txt pyproject.toml; } |
        sha256sum)
    for stamp in "$VENV/synced-$MODE" "$VENV/synced-dev"; do
        if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    done
    say "installing the packages of $lock"
    rm -f "$VENV"/synced-*
    sync_with_uv "$lock" || sync_with_pip "$lock" || die "the packages could not be installed."
    echo "$wanted" >"$VENV/synced-$MODE"
}

sync_with_uv() {
    if [ ! -x "$VENV/bin/uv" ]; then
        locked uv "$1" >"$VENV/uv.txt"
        pip_install -r "$VENV/uv.txt" || return 1
    fi
    "$VENV/bin/uv" pip sync --quiet --compile-bytecode --system-certs --require-hashes --python "$VENV/bin/python" "$1"
}

sync_with_pip() {
    say "uv could not; trying pip, which takes longer"
    pip_install -r "$1"
}

# A sync takes pip away, as no lock for running names it.
pip_install() {
    "$VENV/bin/python" -c 'import pip' 2>/dev/null || "$VENV/bin/python" -m ensurepip >/dev/null || return 1
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes "$@"
}

# One package of a lock, with its hashes.
locked() {
    awk -v start="$1==" 'index($0, start) == 1 { on = 1; print; next } on && /^    --hash/ { print; next } { on = 0 }' "$2"
}

# `portal` for those who look for it in the environment.
give_command() {
    printf '#!/bin/sh\nexec "%s/bin/portal" "$@"\n' "$ROOT" >"$VENV/bin/portal"
    chmod +x "$VENV/bin/portal"
}

# Compiled once here and not at every start, which takes seconds; where nobody may write beside the code, or is told not to, it stays so.
compile_code() {
    "$VENV/bin/python" -m compileall -q portal || say "the code could not be compiled ahead; each start does it"
}
