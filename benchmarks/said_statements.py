"""What the whole product says to its database: the demo's three months by the real verbs, then every page that a link leads to, for
everybody who can sign in. One statement of each wording, with the values it had and who said it.
"""

import re
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import Engine, event, select
from werkzeug.test import Client

from portal import create_app
from portal.clock import Clock
from portal.commands.day_run import DayRunner
from portal.commands.demo_seed import seed_demo
from portal.commands.migrate import bring_to_newest
from portal.commands.record_keeping import keeper_of
from portal.commands.work import end_calls, end_support_calls, expire_due, warn_of_promises
from portal.commands.worker import build_workshop
from portal.config import Config
from portal.db import transaction
from portal.models import Borrower, Loan, StaffMember
from tests.blank_documents import BlankDocuments
from tests.databases import Database
from tests.integration.web.worlds import start_session
from tests.journeys.servers import SECRET_KEY

COOKIES: Final = {"borrower": "portal", "staff": "desk"}
MOST_PAGES: Final = 60
"""A person."""
_ID: Final = re.compile(r"[0-9a-f]{32}|\d+")
_LINK: Final = re.compile(r'href="(/[^"#]*)')
_NO_PAGE: Final = re.compile(r"^/(static|language)\b|sign-out")
_LISTS: Final = re.compile(r"(%\(\w+\)s(::[\w ]+)?,\s*)+%\(\w+\)s(::[\w ]+)?")
_NUMBERED: Final = re.compile(r"_\d+(?:_\d+)?\b")
_OURS: Final = str(Path(__file__).resolve().parent.parent / "portal")
_PLUMBING: Final = ("portal/db.py", "portal/models", "bulk_rows.py", "prepared.py")


@dataclass(frozen=True, slots=True)
class Saying:
    """``who`` is the module of ours that asked, ``where`` the page or job."""

    words: str
    parameters: Any
    who: str
    where: str


@dataclass(slots=True)
class Heard:
    """By wording, lists of values folded into one."""

    sayings: dict[str, Saying] = field(default_factory=dict)
    where: str = ""


@contextmanager
def heard() -> Iterator[Heard]:
    """Everything that is said on any engine meanwhile."""
    kept = Heard()

    def note(
        _connection: Any, _cursor: Any, words: str, parameters: Any, _context: Any, _many: object
    ) -> None:
        key = _NUMBERED.sub("", _LISTS.sub("…", words))
        if key not in kept.sayings:
            kept.sayings[key] = Saying(
                words, parameters[0] if isinstance(parameters, list) else parameters, _asked_by(), kept.where
            )

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield kept
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _asked_by() -> str:
    frame: Any = sys._getframe(2)  # noqa: SLF001
    while frame is not None:
        name: str = frame.f_code.co_filename
        if name.startswith(_OURS) and not any(part in name for part in _PLUMBING):
            return name.removeprefix(f"{_OURS}/").removesuffix(".py")
        frame = frame.f_back
    return "elsewhere"


def live_through_the_demo(database: Database, folder: Path, on: date) -> Sequence[Saying]:
    """Fills a migrated, empty database with the demo, and asks for its pages; what was said on the way."""
    config = Config(
        database_url=database.url,
        secret_key=SECRET_KEY,
        data_dir=folder,
        demo=True,
        secure_cookies=False,
        business_date=on,
    )
    clock = Clock(ZoneInfo(config.timezone), on)
    with heard() as kept:
        kept.where = "the demo's verbs"
        bring_to_newest(config)
        seed_demo(config, database.engine, clock, renderer=BlankDocuments())
        kept.where = "the worker's round"
        _go_round(config, database.engine, clock)
        kept.where = "the day's run"
        DayRunner(database.engine, clock).run(on)
        app = create_app(config, engine=database.engine, clock=clock)
        for start, cookies in _people(app, database.engine):
            _walk(app, start, cookies, kept)
    return list(kept.sayings.values())


def _go_round(config: Config, engine: Engine, clock: Clock) -> None:
    shop = build_workshop(config, engine=engine, clock=clock)
    for each in (expire_due, warn_of_promises, end_calls, end_support_calls):
        each(shop)
    keeper_of(config, engine).keep()


def _people(app: Flask, engine: Engine) -> Sequence[tuple[str, Mapping[str, str]]]:
    """Everybody who works here, some borrowers with loans, and a stranger: where they begin, and the cookies they carry."""
    with transaction(engine, writes=False) as session:
        staff = session.scalars(select(StaffMember.id).order_by(StaffMember.id)).all()
        owing = Borrower.id.in_(select(Loan.borrower_id))
        borrowers = session.scalars(select(Borrower.id).where(owing).order_by(Borrower.id).limit(12)).all()
    return [
        ("/sign-in", {}),
        *(("/", {COOKIES["borrower"]: start_session(app, "borrower", each)}) for each in borrowers),
        *(("/desk", {COOKIES["staff"]: start_session(app, "staff", each)}) for each in staff),
    ]


def _walk(app: Flask, start: str, cookies: Mapping[str, str], kept: Heard) -> None:
    """By links, one page of each pattern."""
    client, waiting, seen = Client(app), deque([start]), set[str]()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.popleft()
        kept.where = pattern = _pattern(path)
        if pattern in seen:
            continue
        seen.add(pattern)
        answer = client.get(path, follow_redirects=True)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            links = [link.replace("&amp;", "&") for link in _LINK.findall(answer.get_data(as_text=True))]
            waiting.extend(link for link in links if not _NO_PAGE.search(link) and _pattern(link) not in seen)


def _pattern(path: str) -> str:
    parts = urlsplit(path)
    names = sorted(each.partition("=")[0] for each in parts.query.split("&") if each)
    return _ID.sub("…", parts.path) + (f"?{'&'.join(names)}" if names else "")
