"""Every page of the borrower's, found by following links from each point of a plan's life, with somebody who may open it.

Two are left out, which stand open for ten minutes only: the ID's ending, and "this is not me". ``tests/integration/web`` weighs them too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from portal.db import transaction
from portal.models import Borrower
from tests.journeys.crawlers import walk
from tests.journeys.looks import Looks
from tests.journeys.phones import Phone
from tests.journeys.points import lay_out
from tests.journeys.servers import Server

NOBODYS = "13900000001"


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
    """Each pattern once: signed out first, then signed in."""
    seen: set[str] = set()
    yield from _from(browser, server, ["/sign-in"], [], seen)
    yield _code_asked_for(browser, server)
    with transaction(server.database.engine) as session:
        borrower = session.scalars(select(Borrower).order_by(Borrower.id).limit(1)).one()
        starts = lay_out(session, borrower)
    context = browser.new_context(locale="zh-CN")
    try:
        phone = Phone(context.new_page(), server, NoLooks())
        know_old_messages(phone, borrower.mobile.removeprefix("+86"))
        phone.sign_in(borrower)
        cookies = context.cookies()
    finally:
        context.close()
    yield from _from(browser, server, starts, cookies, seen)


def know_old_messages(phone: Phone, mobile: str) -> None:
    """The demo's past holds codes, too: the next one to be read is a new one."""
    phone.open("/demo/messages")
    own = phone.page.locator("article", has_text=mobile)
    if own.count():
        phone.messages_read.add(own.first.inner_text())


def _code_asked_for(browser: Browser, server: Server) -> Found:
    """The same page for every number, known or not."""
    context = browser.new_context(locale="zh-CN")
    try:
        phone = Phone(context.new_page(), server, NoLooks())
        phone.open("/sign-in")
        phone.type("mobile", NOBODYS)
        phone.go_on()
        return Found("/sign-in/code", phone.page.url, context.cookies())
    finally:
        context.close()


def _from(
    browser: Browser, server: Server, starts: Sequence[str], cookies: Sequence[Any], seen: set[str]
) -> Iterator[Found]:
    context = browser.new_context(locale="zh-CN")
    context.add_cookies(list(cookies))
    page = context.new_page()
    try:
        for start in starts:
            for pattern in walk(page, f"{server.url}{start}", seen):
                yield Found(pattern, page.url, context.cookies())
    finally:
        context.close()
