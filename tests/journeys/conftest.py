"""A real browser for the journeys, at a phone's and at a desk's width."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright
from sqlalchemy.orm import Session

from portal.db import make_engine, transaction
from tests.databases import Database
from tests.journeys.checkers import Checker
from tests.journeys.desks import Desk
from tests.journeys.looks import Looks
from tests.journeys.phones import Phone
from tests.journeys.servers import ROOT, Server, served, served_by_hand
from tests.people import Cast, add_cast

PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=900)
Writing = Callable[[], AbstractContextManager[Session]]
NewPage = Callable[..., Page]
NewPhone = Callable[..., Phone]
NewDesk = Callable[[Server], Desk]
NewChecker = Callable[[Server], Checker]
on_both_databases = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_path() -> str | None:
    """The machine's Chromium, where it has one."""
    return os.environ.get("PORTAL_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; without one the journeys are skipped, and the line says how to get it.

    Playwright keeps an event loop running in this thread until it stops, and no test outside may meet it: sealing
    runs a loop of its own. So the browser ends with its file of stories.
    """
    path = chromium_path()
    if path is None:
        pytest.skip("browser journeys need Chromium: sudo apt-get install -y chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Looks:
    """What every story's pages look like, in ``test-artefacts/``."""
    own = tmp_path_factory.getbasetemp()
    seen = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "pages-seen"
    for folder in (seen, ROOT / "test-artefacts"):
        folder.mkdir(exist_ok=True)
    return Looks(ROOT / "test-artefacts", seen)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """SQLite, unless a story is told ``on_both_databases``.

    With an engine of its own: a server's threads may live a moment longer than their story, and must not meet the next one's.
    """
    fresh: Database = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_database")
    engine = make_engine(fresh.url)
    yield replace(fresh, engine=engine)
    engine.dispose()


@pytest.fixture
def writing(database: Database) -> Writing:
    """``with writing() as session:`` is one committed transaction beside the server's own."""
    return lambda: transaction(database.engine)


@pytest.fixture
def cast(writing: Writing) -> Cast:
    with writing() as session:
        return add_cast(session)


@pytest.fixture
def real_server(database: Database, cast: Cast, tmp_path: Path) -> Iterator[Server]:
    """``portal serve`` over a database with the cast in it."""
    with served(database, tmp_path) as server:
        yield server


@pytest.fixture
def server(database: Database, cast: Cast, tmp_path: Path) -> Iterator[Server]:
    """The application by a hand clock, so that no story waits for a page's seconds."""
    with served_by_hand(database, tmp_path) as server:
        yield server


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """``new_page(PHONE, …)``: a visitor who shares nothing with another. A script that fails, or that the page forbids, fails the story."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def new_page(size: ViewportSize, **how: Any) -> Page:
        context = browser.new_context(
            viewport=size, is_mobile=size == PHONE, has_touch=size == PHONE, **{"locale": "zh-CN", **how}
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.on("weberror", lambda fault: faults.append(str(fault.error)))
        context.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
        return context.new_page()

    yield new_page
    for context in contexts:
        context.close()
    assert not faults


def _is_fault(said: ConsoleMessage) -> bool:
    """A refused form is answered with 422 and a stranger with 404, which Chromium tells as errors of loading."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@pytest.fixture
def new_phone(new_page: NewPage, looks: Looks) -> NewPhone:
    """``new_phone(server, …)``: a telephone that has never been here."""

    def new_phone(server: Server, *, has_scripts: bool = True, **how: Any) -> Phone:
        page = new_page(PHONE, java_script_enabled=has_scripts, **how)
        return Phone(page, server, looks, has_scripts=has_scripts)

    return new_phone


@pytest.fixture
def new_desk(new_page: NewPage, looks: Looks) -> NewDesk:
    return lambda server: Desk(new_page(DESK), server, looks)


@pytest.fixture
def new_checker(new_page: NewPage, looks: Looks) -> NewChecker:
    return lambda server: Checker(new_page(PHONE), server, looks)
