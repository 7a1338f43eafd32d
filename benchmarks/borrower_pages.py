"""Every page of the borrower's that the demo leads to, found by following its links, with somebody who may open it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from portal.db import transaction
from portal.queries.demo import demo_borrowers
from tests.journeys.crawlers import walk
from tests.journeys.looks import Looks
from tests.journeys.phones import Phone
from tests.journeys.servers import Server


@dataclass(frozen=True, slots=True)
class Found:
    """``pattern`` is the page's path with its ids left out."""

    pattern: str
    address: str
    cookies: Sequence[Any]


class NoLooks(Looks):
    """Walks without looking."""

    def __init__(self) -> None:
        """Keeps nothing."""

    def at(self, page: Page, name: str) -> None:
        """Nothing."""

    def here(self, page: Page, name: str) -> None:
        """Nothing."""


def borrower_pages(browser: Browser, server: Server) -> Iterator[Found]:
    """Each pattern once: signed out first, then each of the demo's borrowers in turn."""
    seen: set[str] = set()
    yield from _from(browser, server, "/sign-in", [], seen)
    with transaction(server.database.engine, writes=False) as session:
        people = [(b.mobile.removeprefix("+86"), b.id_last4) for b in demo_borrowers(session)]
    for mobile, ending in people:
        cookies = _signed_in(browser, server, mobile, ending)
        if cookies:
            yield from _from(browser, server, "/", cookies, seen)


def _signed_in(browser: Browser, server: Server, mobile: str, ending: str) -> Sequence[Any]:
    context = browser.new_context(locale="zh-CN")
    try:
        phone = Phone(context.new_page(), server, NoLooks())
        try:
            phone.sign_in_as(mobile=mobile, ending=ending)
        except AssertionError:
            return []
        return context.cookies()
    finally:
        context.close()


def _from(
    browser: Browser, server: Server, start: str, cookies: Sequence[Any], seen: set[str]
) -> Iterator[Found]:
    context = browser.new_context(locale="zh-CN")
    context.add_cookies(list(cookies))
    page = context.new_page()
    try:
        for pattern in walk(page, f"{server.url}{start}", seen):
            yield Found(pattern, page.url, context.cookies())
    finally:
        context.close()
