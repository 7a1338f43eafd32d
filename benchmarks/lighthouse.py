"""Lighthouse (mobile): accessibility and best practices of every borrower page; the reference is 100."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.borrower_pages import Found, borrower_pages
from benchmarks.demo_server import demo_server
from benchmarks.first_view import chromium
from benchmarks.results import Result, compared, failed
from benchmarks.sizes import Asked
from tests.journeys.conftest import chromium_path

LIGHTHOUSE = "lighthouse@12.8.2"
MOST_SECONDS = 13 * 60
CATEGORIES = ("accessibility", "best-practices")


def measure(_asked: Asked) -> Sequence[Result]:
    """Scores of 0 to 100; it measures once, since a score of a page that stands still does not vary.

    A page that fails is named, and the others go on; after ``MOST_SECONDS`` the rest is named as not measured.
    """
    begun = time.monotonic()
    with demo_server() as server:
        with chromium() as browser:
            pages = list(borrower_pages(browser, server))
        return [result for found in pages for result in _scores(found, time.monotonic() - begun)]


def _scores(found: Found, spent: float) -> Sequence[Result]:
    if spent > MOST_SECONDS:
        return [failed(found.pattern, unit="pts", why="not measured: out of time")]
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        headers = Path(folder) / "headers.json"
        cookie = "; ".join(f"{c['name']}={c['value']}" for c in found.cookies)
        headers.write_text(json.dumps({"Cookie": cookie}))
        flags = "--headless=new" + (" --no-sandbox" if os.geteuid() == 0 else "")
        done = subprocess.run(
            [
                *("npx", "--yes", LIGHTHOUSE, found.address, "--quiet", "--output=json"),
                f"--output-path={report}",
                f"--only-categories={','.join(CATEGORIES)}",
                f"--extra-headers={headers}",
                f"--chrome-flags={flags}",
            ],
            env={**os.environ, "CHROME_PATH": chromium_path() or ""},
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if not report.exists():
            return [failed(found.pattern, unit="pts", why=f"no report: {done.stderr[-300:]}")]
        categories = json.loads(report.read_text())["categories"]
    return [
        compared(f"{found.pattern} {name}", [(categories[name]["score"] * 100, 100.0)], unit="pts")
        for name in CATEGORIES
    ]
