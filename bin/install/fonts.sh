# Noto Sans SC in full, two weights: the same bytes everywhere, so that documents are the same everywhere.
# It lies in a package of the npm registry; where the machine has no npm, PyPI has one.

FONT_PACKAGE="@expo-google-fonts/noto-sans-sc@0.4.3"
FONT_SUMS="d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16  NotoSansSC-Regular.ttf
9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96  NotoSansSC-Bold.ttf"

install_fonts() {
    mkdir -p "$FONTS"
    if [ "$(cat "$FONTS/stamp" 2>/dev/null)" = "$ROOT $FONT_SUMS" ]; then return; fi
    if ! has_fonts; then
        say "fetching Noto Sans SC"
        fetch_fonts || true
    fi
    has_fonts || die "The font of the documents is missing. Put these files into .fonts/ (SHA-256 and name):

$FONT_SUMS

They are in the npm package $FONT_PACKAGE."
    write_fonts_conf
    echo "$ROOT $FONT_SUMS" >"$FONTS/stamp"
}

has_fonts() { (cd "$FONTS" && printf '%s\n' "$FONT_SUMS" | sha256sum -c --status 2>/dev/null); }

fetch_fonts() {
    work="$ROOT/.cache/fonts"
    mkdir -p "$work"
    if command -v npm >/dev/null 2>&1; then
        (cd "$work" && npm pack --silent "$FONT_PACKAGE" </dev/null >/dev/null) || return 1
    else
        npm_of_pypi pack --silent --pack-destination "$work" "$FONT_PACKAGE" || return 1
    fi
    tar -xzf "$work"/*.tgz -C "$work"
    cp "$work/package/400Regular/NotoSansSC_400Regular.ttf" "$FONTS/NotoSansSC-Regular.ttf"
    cp "$work/package/700Bold/NotoSansSC_700Bold.ttf" "$FONTS/NotoSansSC-Bold.ttf"
    cp "$work/package/LICENSE_FONT" "$FONTS/LICENSE.txt"
    rm -rf "$work"
}

npm_of_pypi() {
    npm_venv="$ROOT/.cache/npm"
    mkdir -p "$npm_venv"
    "$VENV/bin/uv" pip install --quiet --system-certs --require-hashes --python "$VENV/bin/python" \
        --target "$npm_venv" -r requirements-npm.txt || return 1
    bin=$(dirname "$(find "$npm_venv" -path '*/bin/node' | head -n 1)")
    PATH="$bin:$PATH" "$bin/node" "$bin/../lib/node_modules/npm/bin/npm-cli.js" "$@" </dev/null >/dev/null || return 1
    rm -rf "$npm_venv"
}

# Only these fonts: what a machine happens to have must not change a document.
write_fonts_conf() {
    cat >"$FONTS/fonts.conf" <<EOC
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$FONTS</dir>
  <cachedir>$FONTS/cache</cachedir>
  <alias><family>sans-serif</family><prefer><family>Noto Sans SC</family></prefer></alias>
</fontconfig>
EOC
}
