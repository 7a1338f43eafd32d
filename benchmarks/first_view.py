"""W10: a phone's first view of every borrower page, beside the same page with its style inside and no script."""

import os
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Browser, Error, sync_playwright

from benchmarks.borrower_pages import Found, borrower_pages
from benchmarks.demo_server import demo_server
from benchmarks.inlined import inlined, plain_server
from benchmarks.results import Result, compared, failed
from benchmarks.sizes import Asked
from benchmarks.slow_phone import View, open_cold_and_warm, open_once
from tests.journeys.conftest import chromium_path
from tests.journeys.crawlers import pattern_of

ROUNDS, QUICK_ROUNDS = 9, 2
MOST_SECONDS = 12 * 60
"""No further round begins after that: each page still has as many as any other."""
MOST_FIRST_FLIGHT, MOST_COLD, MOST_LCP_MS = 14_000, 30_000, 800


@dataclass
class Opened:
    """What the rounds gave of one page; ``fault`` is why it is out of the measuring."""

    found: Found
    path: str
    ours: list[View] = field(default_factory=list)
    warm: list[View] = field(default_factory=list)
    reference: list[View] = field(default_factory=list)
    fault: str = ""


def measure(asked: Asked) -> Sequence[Result]:
    """LCP in milliseconds; what else W10 promises stands beside it, the inlined page's in brackets.

    Page after page in each round, ours and the reference in turn; the first round is dropped. A page that fails is named and left out.
    """
    with demo_server() as server, chromium() as browser:
        pages: dict[str, str] = {}
        with plain_server(pages) as plain:
            opened = [_prepared(found, pages) for found in borrower_pages(browser, server)]
            _say(f"{len(opened)} pages")
            for number in range(1 + (QUICK_ROUNDS if asked.quick else ROUNDS)):
                begun = time.monotonic()
                for each in opened:
                    _open(browser, each, plain)
                _say(f"round {number}: {time.monotonic() - begun:.0f} s")
                if not asked.quick and number > 1 and _is_late(begun):
                    break
            return [_result(each) for each in opened]


_STARTED = time.monotonic()


def _is_late(begun: float) -> bool:
    """Whether a round more, as long as this one, would end too late."""
    now = time.monotonic()
    return now - _STARTED + (now - begun) > MOST_SECONDS


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


def _say(text: str) -> None:
    print(f"bench: W10: {text}", file=sys.stderr, flush=True)


def _prepared(found: Found, pages: dict[str, str]) -> Opened:
    path = f"/{len(pages)}"
    pages[path] = inlined(_html(found), found.address)
    return Opened(found, path)


def _html(found: Found) -> str:
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in found.cookies)
    request = urllib.request.Request(found.address, headers={"Cookie": cookie})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def _open(browser: Browser, each: Opened, plain: str) -> None:
    """One round of one page. The second view by the same phone is a matter of requests, and measured once."""
    if each.fault:
        return
    try:
        if each.warm:
            cold = open_once(browser, each.found.address, each.found.cookies)
        else:
            cold, warm = open_cold_and_warm(browser, each.found.address, each.found.cookies)
            each.warm.append(warm)
        if pattern_of(cold.address) != each.found.pattern:
            each.fault = f"led to {pattern_of(cold.address)}"
            return
        each.reference.append(open_once(browser, f"{plain}{each.path}", []))
        each.ours.append(cold)
    except Error as error:
        each.fault = str(error).splitlines()[0]


def _result(each: Opened) -> Result:
    ours, reference = each.ours[1:], each.reference[1:]
    if each.fault or not ours:
        return failed(each.found.pattern, unit="ms", why=each.fault or "not measured")
    pairs = [(view.lcp, max(beside.lcp, 1.0)) for view, beside in zip(ours, reference, strict=True)]
    return compared(each.found.pattern, pairs, unit="ms", more=_more(ours, each.warm[0], reference))


def _more(ours: Sequence[View], warm: View, reference: Sequence[View]) -> str:
    flight, everything = max(v.first_flight for v in ours), max(v.everything for v in ours)
    foreign = sum(len(v.foreign) for v in ours)
    shift, blocked = max(v.cls for v in ours), median(v.tbt for v in ours)
    kept = (
        flight <= MOST_FIRST_FLIGHT
        and everything <= MOST_COLD
        and warm.requests == 1
        and not foreign
        and shift == 0
        and blocked == 0
        and median(v.lcp for v in ours) <= MOST_LCP_MS
    )
    beside = reference[0]
    return (
        f"first flight {flight} ({beside.first_flight}) B, all {everything} ({beside.everything}) B,"
        f" requests {ours[0].requests} ({beside.requests}), warm {warm.requests}, foreign {foreign},"
        f" CLS {shift:.3f} ({beside.cls:.3f}), TBT {blocked:.0f} ({median(v.tbt for v in reference):.0f}) ms:"
        f" {'kept' if kept else 'NOT KEPT'}"
    )
