# A PostgreSQL server for the tests: one of this machine, else the one that PyPI carries, under .cache/postgresql.

install_postgresql() {
    for server in /usr/lib/postgresql/*/bin/initdb "$(command -v initdb || true)"; do
        if [ -x "$server" ]; then return; fi
    done
    place="$ROOT/.cache/postgresql"
    if [ "$(cat "$place/stamp" 2>/dev/null)" = "$(sha256sum <requirements-postgresql.txt)" ]; then return; fi
    say "fetching a PostgreSQL server"
    rm -rf "$place"
    "$VENV/bin/uv" pip install --quiet --system-certs --require-hashes --no-deps --python "$VENV/bin/python" \
        --target "$place" -r requirements-postgresql.txt &&
        sha256sum <requirements-postgresql.txt >"$place/stamp" ||
        say "no PostgreSQL: its tests will be skipped. To run them too:

    sudo apt-get install -y postgresql
"
}
