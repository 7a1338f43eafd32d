"""The list of calls with 1,000,000 loans on it beside the same list with 100: pages and the next button through the whole application,
statements counted, on PostgreSQL. What is promised: the same number of statements, and at most twice the time.
"""

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from benchmarks.queue import Desk, PlainClient, compared_desks, database_on, page_of, timed
from benchmarks.results import Result
from benchmarks.sealed_people import Person, seal_people
from benchmarks.sizes import Asked
from benchmarks.waiting_cases import copied
from portal import create_app
from portal.config import Config
from portal.db import transaction
from portal.models import Borrower, Loan, LoanStanding
from portal.queries.standings import LoanRange
from portal.services.call_list import list_for_calls
from tests.callers import fill_list
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.worlds import visit
from tests.journeys.servers import SECRET_KEY
from tests.people import TODAY, Cast, add_cast, add_loan
from tests.postgresql_server import running_server

FEW, MANY, QUICK_MANY = 100, 1_000_000, 10_000
ROUNDS, QUICK_ROUNDS = 40, 9
BASE = 1000
PAGES: Mapping[str, str] = {
    "calls": "/desk/calls",
    "calls, deep": "/desk/calls?after={middle}",
    "calls, by sum": "/desk/calls?currency=CNY&sort=sum",
    "calls, narrowed": "/desk/calls?bucket=M3",
}


def measure(asked: Asked) -> Sequence[Result]:
    """Milliseconds a request, with many on the list and with few."""
    many = QUICK_MANY if asked.quick else MANY
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with ExitStack() as stack:
        server = stack.enter_context(running_server())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        few, full = (stack.enter_context(_callers(server, folder, count)) for count in (FEW, many))
        rounds = QUICK_ROUNDS if asked.quick else ROUNDS
        results = [compared_desks(name, page_of(url), full, few, rounds) for name, url in PAGES.items()]
        return [*results, compared_desks("next call", _next, full, few, rounds)]


@contextmanager
def _callers(server: str, folder: Path, count: int) -> Iterator[Desk]:
    with database_on(server, f"calls_{count}") as database:
        begun = time.monotonic()
        cast = _fill(database, count)
        sys.stderr.write(f"bench: {count} on the list, made in {time.monotonic() - begun:.0f} s\n")
        config = Config(database_url=database.url, secret_key=SECRET_KEY, data_dir=folder, testing=True)
        app = create_app(config, engine=database.engine, clock=HandClock())
        app.test_client_class = PlainClient
        said: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        with transaction(database.engine, writes=False) as session:
            middle = session.execute(
                text("SELECT late_since, loan_id FROM call_item WHERE loan_id = :id"), {"id": count // 3}
            ).one()
        place = f"1-{middle.late_since.toordinal()}-{middle.loan_id}"
        yield Desk(visit(app, staff=cast.lin_yue.id), database, cast.lin_yue.id, "", place, said)


def _fill(database: Database, count: int) -> Cast:
    """Copies of 李娜's loan with a borrower and a standing each; the list is made of them as the day's run does."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        loan = add_loan(session, cast.li_na)
        fill_list(session)
        copy_all(session, cast, loan, count)
        list_for_calls(session, LoanRange(0, count + 1), on=TODAY)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return cast


def copy_all(session: Session, cast: Cast, loan: Loan, count: int) -> None:
    session.flush()
    # Keys of copies that the database makes itself are sound; looking each of them up would take most of the time.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    copied(
        session, Borrower, cast.li_na.id, count,
        id=f"{BASE} + n", public_id="lpad(n::text, 32, 'b')", borrower_ref="'BB' || n",
    )  # fmt: skip
    seal_people(
        session,
        (
            Person(BASE + n, f"{n}".rjust(32, "b"), cast.li_na.name, f"+86139{n:08}")
            for n in range(1, count + 1)
        ),
    )
    copied(
        session, Loan, loan.id, count,
        id="n + 1", public_id="md5('l' || n)", loan_ref="'LL' || n", borrower_id=f"{BASE} + n",
    )  # fmt: skip
    copied(
        session, LoanStanding, loan.id, count, key="loan_id",
        loan_id="n + 1", delinquent_days="31 + n % 90",
        overdue_minor="100000 + (n::bigint * 7919) % 5000000",
    )  # fmt: skip


def _next(desk: Desk) -> float:
    """The button; what it leased is given back outside of the measuring."""
    page = desk.client.get("/desk/me").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    took = timed(
        desk,
        lambda: desk.client.post("/desk/calls/next", data={"csrf_token": token}).status_code,
        303,
    )
    with transaction(desk.database.engine) as session:
        given_back = session.execute(
            text(
                "UPDATE call_item SET leased_by = NULL, leased_until = NULL WHERE leased_by IS NOT NULL RETURNING 1"
            )
        ).all()
    if len(given_back) != 1:
        raise RuntimeError(f"{len(given_back)} loans were handed out at once")
    return took
