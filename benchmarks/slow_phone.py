"""A cheap phone on a bad network: 150 ms, 1.6 Mbit/s, a processor four times slower (``speed.md`` W10)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Page, ViewportSize

LATENCY_MS, BYTES_A_SECOND, CPU_SLOWER = 150, 200_000, 4
_SETTLED_MS = 300
_PATIENCE_MS = 10_000
_ASKED_EVERY_MS = 100
_LONG_MS = 50
_WATCH = """
window.seen = {lcp: 0, cls: 0, fcp: 0, tasks: []};
const watch = (type, take) => new PerformanceObserver(list => list.getEntries().forEach(take)).observe({type, buffered: true});
watch("largest-contentful-paint", e => { seen.lcp = e.startTime; });
watch("layout-shift", e => { if (!e.hadRecentInput) seen.cls += e.value; });
watch("paint", e => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
watch("longtask", e => { seen.tasks.push([e.startTime, e.startTime + e.duration]); });
"""


@dataclass(frozen=True, slots=True)
class View:
    """What one opening of a page took. Bytes as they went over the wire; times in milliseconds."""

    address: str
    """Where the browser stood in the end."""
    first_flight: int
    """The page and what blocks its drawing."""
    everything: int
    requests: int
    foreign: Sequence[str]
    lcp: float
    cls: float
    tbt: float


def open_cold_and_warm(browser: Browser, address: str, cookies: Sequence[Any]) -> tuple[View, View]:
    """The page by a phone that was never here (but is signed in), and once more by the same phone."""
    with _phone(browser, cookies) as page:
        return _open(page, address), _open(page, address)


def open_once(browser: Browser, address: str, cookies: Sequence[Any]) -> View:
    """The page by a phone that was never here (but is signed in)."""
    with _phone(browser, cookies) as page:
        return _open(page, address)


@contextmanager
def _phone(browser: Browser, cookies: Sequence[Any]) -> Iterator[Page]:
    context = browser.new_context(
        viewport=ViewportSize(width=360, height=740), is_mobile=True, has_touch=True, locale="zh-CN"
    )
    try:
        context.add_cookies(list(cookies))
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.add_init_script(_WATCH)
        yield page
    finally:
        context.close()


def _wait_for_paint(page: Page) -> None:
    """Asked from outside: a function that the page itself polls would need ``eval``, which its policy forbids."""
    for _ in range(_PATIENCE_MS // _ASKED_EVERY_MS):
        if page.evaluate("window.seen.lcp > 0"):
            return
        page.wait_for_timeout(_ASKED_EVERY_MS)
    raise Error("nothing was painted")


def _open(page: Page, address: str) -> View:
    wire = page.context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def begun(event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache") or event["response"]["url"].startswith("data:"):
            return
        kinds[event["requestId"]], addresses[event["requestId"]] = event["type"], event["response"]["url"]

    def kept(event: dict[str, Any]) -> None:
        kinds.pop(event["requestId"], None)

    def ended(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = int(event["encodedDataLength"])

    wire.on("Network.responseReceived", begun)
    wire.on("Network.loadingFinished", ended)
    wire.on("Network.requestServedFromCache", kept)
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
    wire.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    page.goto(address, wait_until="load")
    _wait_for_paint(page)
    page.wait_for_timeout(_SETTLED_MS)
    seen = page.evaluate("window.seen")
    wire.detach()
    came = {key: sizes.get(key, 0) for key in kinds if sizes.get(key, 0) > 0}
    origin = urlsplit(address).netloc
    return View(
        address=page.url,
        first_flight=sum(size for key, size in came.items() if kinds[key] in {"Document", "Stylesheet"}),
        everything=sum(came.values()),
        requests=len(came),
        foreign=[url for url in addresses.values() if urlsplit(url).netloc != origin],
        lcp=float(seen["lcp"]),
        cls=float(seen["cls"]),
        tbt=_blocked_after(float(seen["fcp"]), seen["tasks"]),
    )


def _blocked_after(first_paint: float, tasks: Sequence[Sequence[float]]) -> float:
    """Total blocking time as it is defined (web.dev/articles/tbt): what tasks take beyond 50 ms each, after the first content shows.

    Before that nobody can touch anything; of a task that goes on across it, the part behind counts, as in Lighthouse.
    """
    return sum(
        max(0.0, end - max(start, first_paint) - _LONG_MS) for start, end in tasks if end > first_paint
    )
