"""What the database's own wall costs whoever asks, on PostgreSQL: pages of an agency's staff and of the internal team, with policies and
without (decision 0301).

``python -m benchmarks.agency_wall [--loans 30000] [--placed 3000] [--rounds 20]`` prints a table of milliseconds a request.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click
import structlog
from sqlalchemy import Engine, make_url, text

from benchmarks.calls import copy_all
from benchmarks.queue import PlainClient, database_on
from portal import create_app
from portal.adapters.agency_policies import put_up, take_down
from portal.adapters.database_rights import AGENCY_ROLE, grant_account
from portal.config import Config
from portal.db import make_engine, transaction
from portal.queries.standings import LoanRange
from portal.services.call_list import list_for_calls
from tests.callers import fill_list
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.worlds import visit
from tests.journeys.servers import SECRET_KEY
from tests.people import TODAY, Cast, add_cast, add_loan
from tests.placements import engage
from tests.postgresql_server import running_server

ACCOUNT: Final = "pages"
_WARM: Final = 3
_ROWS: Final = (
    "INSERT INTO installment SELECT other.id, i.number, i.due_on, i.principal_due_minor, i.interest_due_minor, i.fee_due_minor,"
    " i.penalty_due_minor, i.principal_paid_minor, i.interest_paid_minor, i.fee_paid_minor, i.penalty_paid_minor"
    " FROM loan other JOIN installment i ON i.loan_id = :one WHERE other.id <> :one"
)
_STAGES: Final = (
    "UPDATE loan SET collection_stage = CASE WHEN id % :each = 0 THEN 'agency' ELSE 'internal' END",
    "UPDATE loan_standing SET stage_basis = 'book', stage = CASE WHEN loan_id % :each = 0 THEN 'agency' ELSE 'internal' END",
)


@click.command()
@click.option("--loans", default=30_000, show_default=True)
@click.option("--placed", default=3_000, show_default=True, help="How many of them stand with the agency.")
@click.option("--rounds", default=20, show_default=True)
def main(loans: int, placed: int, rounds: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with running_server() as server, database_on(server, "agency_wall") as database:
        cast = _fill(database, loans, placed)
        with _pages(database, cast) as pages:
            with_wall, without = _compared(database.engine, pages, rounds)
    click.echo("| page | with ms | without ms | ratio |\n|---|---|---|---|")
    for name in pages:
        first, second = median(with_wall[name]), median(without[name])
        click.echo(f"| {name} | {first:.1f} | {second:.1f} | {first / second:.2f} |")


def _fill(database: Database, loans: int, placed: int) -> Cast:
    """Copies of 李娜's loan, each of somebody else; every so many of them with 何静's agency, the others with the team."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        engage(session, cast)
        loan = add_loan(session, cast.li_na)
        fill_list(session)
        copy_all(session, cast, loan, loans)
        for statement in (_ROWS, *_STAGES):
            session.execute(text(statement), {"one": loan.id, "each": loans // placed})
        list_for_calls(session, LoanRange(0, loans + 1), on=TODAY)
    with database.engine.begin() as owner:
        owner.exec_driver_sql(f"CREATE ROLE {ACCOUNT} LOGIN")
        grant_account(owner, ACCOUNT)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return cast


@contextmanager
def _pages(database: Database, cast: Cast) -> Iterator[Mapping[str, tuple[CheckedClient, str]]]:
    """As the account of pages asks, by name: whose client, and the address."""
    url = make_url(database.url).set(username=ACCOUNT).render_as_string(hide_password=False)
    engine = make_engine(url)
    with TemporaryDirectory(prefix="bench-") as folder, transaction(database.engine) as session:
        config = Config(database_url=url, secret_key=SECRET_KEY, data_dir=Path(folder), testing=True)
        app = create_app(config, engine=engine, clock=HandClock())
        app.test_client_class = PlainClient
        one = text(
            "SELECT min(call_item.public_id) FROM call_item JOIN loan ON loan.id = loan_id WHERE collection_stage = :stage"
        )
        pages: dict[str, tuple[CheckedClient, str]] = {}
        for who, staff, stage in (
            ("agency", cast.he_jing, "agency"),
            ("internal team", cast.lin_yue, "internal"),
        ):
            client, item = visit(app, staff=staff.id), session.scalar(one, {"stage": stage})
            pages |= {
                f"{who}: list": (client, "/desk/calls"),
                f"{who}: list by sum": (client, "/desk/calls?currency=CNY&sort=sum"),
                f"{who}: one loan": (client, f"/desk/calls/{item}"),
                f"{who}: own account": (client, "/desk/me"),
            }
        session.commit()
        yield pages
    engine.dispose()


def _compared(
    owner: Engine, pages: Mapping[str, tuple[CheckedClient, str]], rounds: int
) -> Sequence[Mapping[str, Sequence[float]]]:
    """In turns, so that what the machine does besides falls on both alike."""
    took: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
    for _ in range(2):
        for found, is_up in zip(took, (True, False), strict=True):
            with owner.begin() as connection:
                if is_up:
                    put_up(connection, AGENCY_ROLE)
                else:
                    take_down(connection, whole=True)
            for name, (client, url) in pages.items():
                found.setdefault(name, []).extend(_timed(client, url, rounds))
    return took


def _timed(client: CheckedClient, url: str, rounds: int) -> Sequence[float]:
    took = []
    for _ in range(_WARM + rounds):
        begun = time.perf_counter()
        status = client.get(url).status_code
        took.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            message = f"{url}: {status}"
            raise RuntimeError(message)
    return took[_WARM:]


if __name__ == "__main__":
    main()
