"""W10: a phone's first view of every borrower page, beside the same page with its style inside and no script."""

import os
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks.borrower_pages import Found, borrower_pages
from benchmarks.demo_server import demo_server
from benchmarks.inlined import inlined, plain_server
from benchmarks.results import Result, compared
from benchmarks.slow_phone import View, open_cold_and_warm
from tests.journeys.conftest import chromium_path

ROUNDS, QUICK_ROUNDS = 9, 3
MOST_FIRST_FLIGHT, MOST_COLD, MOST_LCP_MS = 14_000, 30_000, 800


def measure(quick: bool) -> Sequence[Result]:  # noqa: FBT001
    """LCP in milliseconds; what else W10 promises stands beside it."""
    with demo_server() as server, chromium() as browser:
        pages: dict[str, str] = {}
        with plain_server(pages) as plain:
            return [
                _measured(browser, found, plain, pages, QUICK_ROUNDS if quick else ROUNDS)
                for found in borrower_pages(browser, server)
            ]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own."""
    path = chromium_path()
    if path is None:
        sys.exit("bench: this needs Chromium: sudo apt-get install -y chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


def _measured(browser: Browser, found: Found, plain: str, pages: dict[str, str], rounds: int) -> Result:
    pages["/page"] = inlined(_html(found), found.address)
    pairs, views = [], []
    for _ in range(rounds + 1):
        cold, warm = open_cold_and_warm(browser, found.address, found.cookies)
        reference, _again = open_cold_and_warm(browser, f"{plain}/page", [])
        pairs.append((cold.lcp, max(reference.lcp, 1.0)))
        views.append((cold, warm))
    return compared(found.pattern, pairs[1:], unit="ms", more=_more(views[1:]))


def _html(found: Found) -> str:
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in found.cookies)
    request = urllib.request.Request(found.address, headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def _more(views: Sequence[tuple[View, View]]) -> str:
    cold = [view for view, _ in views]
    flight, everything = max(v.first_flight for v in cold), max(v.everything for v in cold)
    warm, foreign = max(w.requests for _, w in views), sum(len(v.foreign) for v in cold)
    shift, blocked = max(v.cls for v in cold), median(v.tbt for v in cold)
    kept = (
        flight <= MOST_FIRST_FLIGHT
        and everything <= MOST_COLD
        and warm == 1
        and not foreign
        and shift == 0
        and blocked == 0
        and median(v.lcp for v in cold) <= MOST_LCP_MS
    )
    return (
        f"first flight {flight} B, all {everything} B, warm {warm} request(s), foreign {foreign},"
        f" CLS {shift:.3f}, TBT {blocked:.0f} ms: {'kept' if kept else 'NOT KEPT'}"
    )
