"""A cheap phone on a bad network: what each page of a borrower's, and each for anybody, sends over the wire (``speed.md`` W10)."""

import re
from collections.abc import Iterator
from functools import cache

import brotli
import html5lib
import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from portal.domain.one_time_codes import CodePurpose
from tests.checked_client import CheckedClient
from tests.codes import code_sent_to
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY, Writing
from tests.integration.web.test_access import cells
from tests.integration.web.worlds import build_world, visit
from tests.people import Cast

MOST_FIRST_FLIGHT, MOST_IN_ALL = 14_000, 30_000
BROWSERS = {"Accept-Encoding": "gzip, deflate, br, zstd"}
_SHOWN = frozenset({"img", "iframe", "source", "video", "audio", "object", "embed"})
FOREVER = "public, max-age=31536000, immutable"
WALKED = frozenset(
    {
        "borrower.counter_refuse",
        "borrower.new_number_asked",
        "borrower.new_number_code",
        "borrower.not_me",
        "borrower.not_me_done",
        "borrower.plan_budget_help",
        "borrower.plan_disclosure",
        "borrower.plan_sign",
        "borrower.plan_terms",
        "borrower.proposal_answer",
        "borrower.record_email_code",
        "borrower.sign_in_code",
        "borrower.sign_in_ending",
        "public.complaint_received",
    }
)
"""Pages that lead on elsewhere in the small world: each is weighed on the way to it, but for the answer, whose page is the proposal's."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


class Wire:
    """What a browser would fetch for a page, in bytes as they go out, headers included."""

    def __init__(self, visitor: CheckedClient) -> None:
        self._client = Client(visitor.application, TestResponse)
        self._visitor = visitor
        self.file = cache(self._file)

    def page(self, path: str) -> TestResponse:
        """As the visitor gets it."""
        token = self._visitor.get_cookie("__Host-portal")
        if token is not None:
            self._client.set_cookie("__Host-portal", token.value)
        return self._client.get(path, headers=BROWSERS)

    def _file(self, address: str) -> int:
        assert address.startswith("/"), f"{address} is fetched from elsewhere"
        answer = self._client.get(address, headers=BROWSERS)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == FOREVER, f"{address} would be asked for again"
        assert not re.search(rb"@import|url\((?!['\"]?(#|data:))|\bimport\b[^;]*['\"]", unpacked(answer)), (
            address
        )
        return size(answer)


def size(answer: TestResponse) -> int:
    return len(answer.data) + sum(len(name) + len(value) + 4 for name, value in answer.headers)


def unpacked(answer: TestResponse) -> bytes:
    packed = answer.headers.get("Content-Encoding") == "br"
    return bytes(brotli.decompress(answer.data)) if packed else answer.data


def fetched(html: bytes) -> Iterator[tuple[str, bool]]:
    """(address, whether drawing waits for it) of everything that the page loads by itself; what is lazy waits until it is opened."""
    for node in html5lib.parse(html, namespaceHTMLElements=False).iter():
        if node.tag == "link" and node.get("rel") != "next" and node.get("rel") != "prev":
            yield node.get("href", ""), node.get("rel") == "stylesheet"
        elif node.tag == "script" and node.get("src"):
            yield node.get("src", ""), node.get("type") != "module"
        elif node.tag in _SHOWN and node.get("loading") != "lazy":
            yield node.get("src") or node.get("data") or "", False


def weighed(wire: Wire, answer: TestResponse) -> tuple[int, int]:
    """(first flight, everything) of a page."""
    page = size(answer)
    files = {address: (wire.file(address), blocks) for address, blocks in fetched(unpacked(answer))}
    return page + sum(n for n, blocks in files.values() if blocks), page + sum(n for n, _ in files.values())


def faults(wire: Wire, path: str) -> list[str]:
    """What is too heavy of a page that the visitor stands on."""
    answer = wire.page(path)
    assert answer.status_code == 200, f"{path} leads to {answer.location}"
    return _too_heavy(path, weighed(wire, answer))


def _too_heavy(name: str, weight: tuple[int, int]) -> list[str]:
    most = {"first flight": MOST_FIRST_FLIGHT, "all": MOST_IN_ALL}
    return [
        f"{name}: {what} {sent} bytes"
        for (what, may), sent in zip(most.items(), weight, strict=True)
        if sent > may
    ]


@pytest.mark.parametrize("who", ["owner", "nobody"])
def test_every_page_is_small_from_one_place_and_one_request_when_it_comes_again(
    app: Flask, writing: Writing, who: str
) -> None:
    world, found, leads_on = build_world(writing), [], set()
    wire = Wire(visit(app, borrower=world.cast.li_na.id if who == "owner" else None))
    for cell in cells(app, world):
        if cell.method == "GET" and cell.endpoint.startswith(("borrower.", "public.")):
            answer = wire.page(cell.path)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                found += _too_heavy(cell.endpoint, weighed(wire, answer))
            elif answer.status_code == 303:
                leads_on.add(cell.endpoint)
    assert found == []
    if who == "owner":
        assert leads_on - {"borrower.sign_in"} == WALKED


def test_the_pages_of_signing_in_are_small(app: Flask, cast: Cast, writing: Writing) -> None:
    visitor = visit(app)
    wire, found = Wire(visitor), []

    def code(mobile: str, purpose: CodePurpose = CodePurpose.SIGN_IN) -> str:
        with writing() as session:
            return code_sent_to(session, mobile, SECRET_KEY, purpose)

    found += faults(wire, visitor.submit("/complaint", {"topic": "service", "body": "电话太多"}).location)
    visitor.submit(
        "/new-number", {"old": cast.li_na.mobile, "ending": cast.li_na.id_last4, "new": "13900139000"}
    )
    found += faults(wire, "/new-number/code")
    visitor.submit("/new-number/code", {"code": code("+8613900139000", CodePurpose.NEW_NUMBER)})
    found += faults(wire, "/new-number/asked")
    visitor.submit("/sign-in", {"mobile": cast.li_na.mobile})
    found += faults(wire, "/sign-in/code")
    visitor.submit("/sign-in/code", {"code": code(cast.li_na.mobile)})
    found += faults(wire, "/sign-in/ending") + faults(wire, "/not-me")
    visitor.submit("/not-me")
    assert found + faults(wire, "/not-me/done") == []


def test_the_page_that_asks_for_the_code_of_an_address_is_small(app: Flask, cast: Cast) -> None:
    visitor = visit(app, borrower=cast.li_na.id)
    answer = visitor.submit("/record/email", {"email": "li.na@example.cn"})
    assert faults(Wire(visitor), answer.location) == []
