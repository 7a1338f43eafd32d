"""The approver's desk with 1,000,000 waiting proposals beside the same desk with 100: pages through the whole application, statements
counted, on PostgreSQL. What is promised: the same number of statements, and at most twice the time.
"""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
import structlog
from flask.testing import FlaskClient
from psycopg.sql import SQL, Identifier
from sqlalchemy import event, select, text
from werkzeug.test import TestResponse

from benchmarks.claiming import claims_a_second, claims_for_a_minute
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import in_turn
from benchmarks.sizes import Asked
from benchmarks.waiting_cases import WHOLE, fill
from portal import create_app
from portal.config import Config
from portal.db import make_engine, migrate, transaction
from portal.domain.queue_choices import Sort
from portal.models import Proposal, ReviewItem
from portal.queries.queue_keys import key_of
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.worlds import visit
from tests.journeys.servers import SECRET_KEY
from tests.postgresql_server import running_server

FEW, MANY, QUICK_MANY = 100, 1_000_000, 10_000
ROUNDS, QUICK_ROUNDS = 40, 9
MOST: Final = 2.0
DEPTH: Final = Promise(1.1, 1.5)
CLAIM_SECONDS: Final = {True: 0.5, False: 60 / 9}
"""A round, by whether it is quick."""
WINDOW_SECONDS: Final = {True: 0.5, False: 10}
"""Of six windows without a pause: a minute together."""
PAGES: Mapping[str, str] = {
    "queue": "/desk?whose=all",
    "queue, deep": "/desk?whose=all&after={middle}",
    "queue, filtered": "/desk?currency=CNY&whose=free&drafted=borrower&sort=sum",
    "queue, narrowed": "/desk?kind=defer&bucket=M3&due=later",
    "queue, few found": "/desk?drafted=staff&reason=amount_above_band&sort=sum",
    "what an open page asks": "/desk/now?whose=all&since=0",
    "case": "/desk/cases/{case}",
}


class PlainClient(CheckedClient):
    """Reads nothing of the answer: that would be measured, too."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return FlaskClient.open(self, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class Desk:
    """One application over one database, an approver signed in; ``statements`` is what the last request asked of it."""

    client: CheckedClient
    database: Database
    approver: int
    case: str
    middle: str
    statements: list[str]


def measure(asked: Asked) -> Sequence[Result]:
    """Milliseconds a request, with many waiting and with few."""
    many = QUICK_MANY if asked.quick else MANY
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with ExitStack() as stack:
        server = stack.enter_context(running_server())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        few, full = (stack.enter_context(_desk(server, folder, count)) for count in (FEW, many))
        rounds = QUICK_ROUNDS if asked.quick else ROUNDS
        results = [compared_desks(name, page_of(url), full, few, rounds) for name, url in PAGES.items()]
        results += [depth(full, rounds), compared_desks("next case", _next, full, few, rounds)]
        results += claims_a_second(full.database, CLAIM_SECONDS[asked.quick])
        return [*results, claims_for_a_minute(full.database, WINDOW_SECONDS[asked.quick])]


def depth(desk: Desk, rounds: int) -> Result:
    """A page far down the queue beside the first one, of the same many."""
    deep, first = page_of(PAGES["queue, deep"]), page_of(PAGES["queue"])
    took = [(far, near) for far, near in in_turn([lambda _: deep(desk), lambda _: first(desk)], rounds)]
    return compared("queue, deep beside its first page", took, unit="ms", promise=DEPTH)


@contextmanager
def _desk(server: str, folder: Path, count: int) -> Iterator[Desk]:
    with database_on(server, f"waiting_{count}") as database:
        begun = time.monotonic()
        cast = fill(database, count)
        sys.stderr.write(f"bench: {count} wait, made in {time.monotonic() - begun:.0f} s\n")
        config = Config(database_url=database.url, secret_key=SECRET_KEY, data_dir=folder, testing=True)
        app = create_app(config, engine=database.engine, clock=HandClock())
        app.test_client_class = PlainClient
        said: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        case, middle = _places(database, count)
        yield Desk(visit(app, staff=cast.zhou_min.id), database, cast.zhou_min.id, case, middle, said)


@contextmanager
def database_on(server: str, name: str) -> Iterator[Database]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    url = server.replace("/postgres?", f"/{name}?", 1)
    migrate(url)
    engine = make_engine(url)
    try:
        yield Database("postgresql", url, engine)
    finally:
        engine.dispose()


def _places(database: Database, count: int) -> tuple[str, str]:
    """A case whose page opens, and a place a third of the way down the queue."""
    with transaction(database.engine, writes=False) as session:
        case = session.scalar(select(Proposal.public_id).where(Proposal.id == WHOLE // 2))
        row = session.execute(select(ReviewItem.__table__).where(ReviewItem.proposal_id == count // 3)).one()
    return str(case), str(key_of(row, Sort.DEADLINE))


def page_of(url: str) -> Callable[[Desk], float]:
    def ask(desk: Desk) -> float:
        return timed(
            desk, lambda: desk.client.get(url.format(case=desk.case, middle=desk.middle)).status_code, 200
        )

    return ask


def _next(desk: Desk) -> float:
    """The button; what it claimed is given back outside of the measuring."""
    page = desk.client.get("/desk/search").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    took = timed(desk, lambda: desk.client.post("/desk/next", data={"csrf_token": token}).status_code, 303)
    with transaction(desk.database.engine) as session:
        claimed = "UPDATE review_item SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = :me"
        given_back = session.execute(text(claimed + " RETURNING 1"), {"me": desk.approver}).all()
    if len(given_back) != 1:
        raise RuntimeError(f"{len(given_back)} cases were handed out at once")
    return took


def timed(desk: Desk, ask: Callable[[], int], wanted: int) -> float:
    desk.statements.clear()
    begun = time.perf_counter()
    status = ask()
    took = (time.perf_counter() - begun) * 1000
    if status != wanted:
        raise RuntimeError(f"answered {status}")
    return took


def compared_desks(name: str, ask: Callable[[Desk], float], full: Desk, few: Desk, rounds: int) -> Result:
    pairs, counts = [], (0, 0)
    for number in range(rounds + 1):
        # Turn about, so that neither is always the warmer one.
        order = (full, few) if number % 2 else (few, full)
        took: dict[int, tuple[float, int]] = {}
        for desk in order:
            took[id(desk)] = (ask(desk), len(desk.statements))
        (ours, many_asked), (reference, few_asked) = took[id(full)], took[id(few)]
        pairs.append((ours, reference))
        counts = (many_asked, few_asked)
    result = compared(name, pairs[1:], unit="ms")
    kept = result.ours <= MOST * result.reference and counts[0] == counts[1]
    said = f"{counts[0]} and {counts[1]} statements: {'kept' if kept else 'NOT KEPT'}"
    return replace(result, more=said, statements=counts)
