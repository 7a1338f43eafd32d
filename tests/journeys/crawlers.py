"""Pages found as a reader finds them: by following links from a start. Each pattern of address is met once."""

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

_ID = re.compile(r"[0-9a-f]{32}|\d+")
_NO_PAGE = re.compile(r"^/(demo|desk|static)\b|\.(pdf|ics|json|txt|csv|py)$")
_LINKS = "links => links.filter(a => !a.hasAttribute('download')).map(a => a.href.split('#')[0])"


def pattern_of(address: str) -> str:
    """The path with its ids left out: ``/loans/…/pay``."""
    return _ID.sub("…", urlsplit(address).path)


def walk(page: Page, start: str, seen: set[str]) -> Iterator[str]:
    """Stands on each page whose pattern is not in ``seen`` yet, and yields the pattern; the reader may leave the page meanwhile.

    Pages of the same origin only; what is no page (documents, other audiences) is left out.
    """
    origin = urlsplit(start).netloc
    waiting, asked = deque([start]), {start}
    while waiting:
        wanted = waiting.popleft()
        if pattern_of(wanted) in seen:
            continue
        answer = page.goto(wanted)
        if answer is None or not answer.ok or _NO_PAGE.search(urlsplit(page.url).path):
            continue
        links = [
            link
            for link in page.eval_on_selector_all("a[href]", _LINKS)
            if urlsplit(link).netloc == origin
            and link not in asked
            and not _NO_PAGE.search(urlsplit(link).path)
        ]
        asked.update(links)
        waiting.extend(links)
        found = pattern_of(page.url)
        if found not in seen:
            seen.add(found)
            yield found
