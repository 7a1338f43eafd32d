"""Whether this machine draws documents at all: ``python -m portal.adapters.pdf.trial WORDS``, in a process of its own.

Without any font the libraries below do not fail, they fall over.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from html import escape

from portal.adapters.pdf.glyphs import refusing_missing_glyphs
from portal.domain.errors import DomainError

LONGEST = 120
"""Seconds; the first page after an installation reads every font."""


def refusal_of_trial(words: str, environ: Mapping[str, str]) -> str | None:
    """Why no page with these words can be drawn; None where one can."""
    program = [sys.executable, "-m", "portal.adapters.pdf.trial", words]
    try:
        # nosemgrep: dangerous-subprocess-use-audit - this very program
        done = subprocess.run(  # noqa: S603 - this very program
            program,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
        )
    except subprocess.TimeoutExpired:
        return "too slow"
    if done.returncode == 0:
        return None
    said = [line for line in (done.stdout or done.stderr).splitlines() if line.strip()]
    return said[-1].strip() if said else f"status {done.returncode}"


def draw(words: str) -> bytes:
    """Raises ``glyph_missing`` where no font has a character, ``OSError`` where a library is missing."""
    from weasyprint import HTML  # noqa: PLC0415 - fails where Pango is missing

    from portal.adapters.pdf.outside import RefusingFetcher  # noqa: PLC0415

    page = f'<html lang="zh-CN"><body style="font-family: Noto Sans SC, sans-serif">{escape(words)}</body></html>'
    with refusing_missing_glyphs({"document": words}):
        return bytes(HTML(string=page, url_fetcher=RefusingFetcher()).write_pdf())


if __name__ == "__main__":
    try:
        draw(sys.argv[1])
    except DomainError as error:
        sys.exit(f"{error.code} {error.details.get('character', '')}")
