"""How things grow with the book (``bin/bench growth``): the same pages and jobs over 10,000 to 1,000,000 loans in the shape of a real book,
on PostgreSQL. JSON lines, from which a picture and a table are made; seconds and milliseconds of this machine, whose steps from one size
to the next are what matters.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final
from zoneinfo import ZoneInfo

import click
import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks.databases import migrated
from benchmarks.growth_picture import picture, table
from benchmarks.long_tables import copy_events
from benchmarks.machine import BusyMachineError, refuse_busy
from benchmarks.synthetic_book import fill, tidy, write_files
from benchmarks.waiting_cases import copied
from benchmarks.worlds import World, world_over
from benchmarks.wsgi_calls import Browser
from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_keys import make_record_key
from portal.adapters.rejected_rows import RejectedRows
from portal.clock import Clock
from portal.commands.book_run import BookRun, scan_folder
from portal.commands.day_run import DayRunner
from portal.commands.record_examination import examine
from portal.commands.record_keeping import RecordKeeper
from portal.db import make_engine, transaction
from portal.domain.permissions import Role
from portal.domain.policy import HardshipReason
from portal.domain.record_keys import TrustedKey
from portal.models import Borrower, Loan, LoanStanding, Proposal, ProposalVersion, ReviewItem
from portal.queries.case_search import search_cases
from tests.databases import Database
from tests.journeys.servers import ROOT, SECRET_KEY
from tests.people import NOW, TODAY, add_staff
from tests.stories import Story

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (1_000, 10_000)
ROUNDS: Final = 9
WAIT: Final = 10
"""One of so many loans has a proposal that waits."""
NEW: Final = 1_000
"""Loans that the import brings to a book."""
LINES: Final = ROOT / "benchmarks" / "growth.jsonl"
PICTURE: Final = ROOT / "docs" / "pictures" / "growth.svg"
TABLE: Final = ROOT / "docs" / "growth.md"
CLOCK: Final = Clock(ZoneInfo("Asia/Shanghai"), TODAY)


@dataclass(frozen=True, slots=True)
class Grown:
    """One measure over a book of so many loans."""

    name: str
    loans: int
    took: float
    unit: str

    def line(self) -> str:
        return json.dumps({"name": self.name, "loans": self.loans, "took": self.took, "unit": self.unit})


def grown(database: Database, loans: int, folder: Path, *, is_made: bool = False) -> Iterator[Grown]:
    """Over a migrated database, empty or with a synthetic book of so many loans."""
    if not is_made:
        fill(database.url, loans)
    took = _seconds(lambda: DayRunner(database.engine, CLOCK).run(TODAY))
    yield Grown("the day's first run", loans, took, "s")
    desk = _laid_out(database, loans)
    with world_over(database, folder) as made:
        yield from _pages(made, loans, desk)
    typed = _name_of(database, loans // 2)
    yield Grown("search by name", loans, _search(database, desk, typed), "ms")
    yield Grown(f"import of {NEW:,} new loans", loans, _imported(database, loans, folder), "s")
    yield Grown("verify the record", loans, _verified(database, folder), "s")


def _laid_out(database: Database, loans: int) -> int:
    """Somebody at the desk, a proposal of one loan in ten, an event a loan; who it is."""
    with transaction(database.engine) as session:
        desk = add_staff(session, "9001", "desk.all", "吴岩", Role.SUPERVISOR, Role.APPROVER, Role.CALLER)
        late = (
            select(LoanStanding.loan_id)
            .where(LoanStanding.overdue_minor > 0)
            .order_by(LoanStanding.loan_id.desc())
            .limit(1)
        )
        loan = session.get_one(Loan, session.scalars(late).one())
        story = Story(session, session.get_one(Borrower, loan.borrower_id), loan)
        story.submit(reason=HardshipReason.ILLNESS)
        session.flush()
        session.execute(text("SET LOCAL session_replication_role = replica"))
        _copy_waiting(session, story, loans // WAIT)
        copy_events(session, loans)
        who = desk.id
    tidy(database.engine)
    return who


def _copy_waiting(session: Session, story: Story, count: int) -> None:
    base = 1_000_000
    copied(
        session, Proposal, story.proposal.id, count,
        id=f"{base} + n", public_id="md5('p' || n)", reference="'Q' || lpad(n::text, 8, '0')", loan_id="n", borrower_id="n",
    )  # fmt: skip
    copied(
        session, ProposalVersion, story.version.id, count,
        id=f"{base} + n", proposal_id=f"{base} + n", content_sealed="NULL", preview_document_id="NULL",
    )  # fmt: skip
    copied(
        session, ReviewItem, story.proposal.id, count, key="proposal_id",
        proposal_id=f"{base} + n", deadline_at=f"t.queued_at + interval '1 hour' * (n * 72.0 / {count} - 1)",
        amount_minor="100000 + (n::bigint * 7919) % 5000000", dpd="1 + n % 120",
    )  # fmt: skip


def _pages(made: World, loans: int, desk: int) -> Iterator[Grown]:
    with transaction(made.database.engine, writes=False) as session:
        owes = (
            select(LoanStanding.loan_id)
            .where(LoanStanding.overdue_minor > 0)
            .order_by(LoanStanding.loan_id.desc())
        )
        readers = session.scalars(owes.limit(ROUNDS + 1)).all()
    homes = iter([made.browser("borrower", each) for each in readers])
    yield Grown("a borrower's first page", loans, _median(lambda: _asked(next(homes), "/")), "ms")
    staff = made.browser("staff", desk)
    for name, path in (
        ("the queue", "/desk?whose=all"),
        ("the list of calls", "/desk/calls"),
        ("the month's figures", "/desk/figures"),
    ):
        yield Grown(name, loans, _median(lambda path=path: _asked(staff, path)), "ms")  # type: ignore[misc]


def _asked(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")


def _search(database: Database, desk: int, typed: str) -> float:
    def look() -> None:
        with transaction(database.engine, writes=False) as session:
            search_cases(session, desk, typed)

    return _median(look)


def _name_of(database: Database, number: int) -> str:
    with transaction(database.engine, writes=False) as session:
        return session.get_one(Borrower, number).name


def _imported(database: Database, loans: int, folder: Path) -> float:
    files = scan_folder(write_files(folder / "book", NEW, first=loans + 1))
    with RejectedRows(folder / "rejected.csv", is_asked_for=False) as kept:
        run = BookRun(database.engine, CLOCK, files, rejected=kept, tell=lambda _: None, key=SECRET_KEY)
        took = _seconds(run.run)
    if run.counts.rejected:
        raise RuntimeError(f"{run.counts.rejected} rows of the book were rejected")
    return took


def _verified(database: Database, folder: Path) -> float:
    key, store = (
        make_record_key(folder / "record.pem", "example.org/record"),
        CheckpointFolder(folder / "record"),
    )
    trusted = [TrustedKey(key.public)]
    RecordKeeper(database.engine, store, lambda: key, lambda: trusted).keep()
    return _seconds(lambda: examine(database.engine, store, trusted, most=600, now=NOW))


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return round(time.perf_counter() - begun, 3)


def _median(do: Callable[[], object]) -> float:
    """Milliseconds; the first, which warms everything, is left out."""
    return round(median([_seconds(do) * 1000 for _ in range(ROUNDS + 1)][1:]), 1)


def read(path: Path) -> Sequence[Grown]:
    return [Grown(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def write(found: Sequence[Grown]) -> None:
    """The picture and the table beside it."""
    rows: dict[str, dict[int, float]] = {}
    for each in found:
        rows.setdefault(f"{each.name}, {each.unit}", {})[each.loans] = each.took
    PICTURE.write_text(picture(rows), encoding="utf-8")
    TABLE.write_text(table(rows), encoding="utf-8")


@click.command()
@click.option("--quick", is_flag=True, help="Small books, and nothing is written.")
@click.option(
    "--size", "sizes", type=click.IntRange(1_000, 10_000_000), multiple=True, help="So many loans instead."
)
@click.option(
    "--have", "have", metavar="SIZE=URL", multiple=True, help="A database that `bench book` has just made."
)
@click.option("--draw", is_flag=True, help="Only draw again what was measured.")
@click.option("--busy", is_flag=True, help="Measure though other work keeps the machine busy.")
def main(*, quick: bool, sizes: Sequence[int], have: Sequence[str], draw: bool, busy: bool) -> None:
    """Measure pages and jobs from 10,000 to 1,000,000 loans; write benchmarks/growth.jsonl, docs/pictures/growth.svg and docs/growth.md."""
    if draw:
        write(read(LINES))
        return
    if not busy:
        try:
            refuse_busy()
        except BusyMachineError as error:
            sys.stderr.write(f"bench: {error}\n")
            sys.exit(2)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    there = {int(size): url for size, _, url in (each.partition("=") for each in have)}
    found = []
    for size in sorted({*(sizes or (() if have else QUICK_SIZES if quick else SIZES)), *there}):
        for each in _over(size, there):
            click.echo(each.line())
            sys.stdout.flush()
            found.append(each)
    if not quick:
        kept = (
            [each for each in read(LINES) if each.loans not in {one.loans for one in found}]
            if LINES.exists()
            else []
        )
        LINES.write_text("".join(f"{each.line()}\n" for each in [*kept, *found]), encoding="utf-8")
        write(read(LINES))


def _over(size: int, there: Mapping[int, str]) -> Iterator[Grown]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        url = there.get(size) or stack.enter_context(migrated("postgresql", f"growth_{size}"))
        engine = make_engine(url)
        stack.callback(engine.dispose)
        yield from grown(Database("postgresql", url, engine), size, folder, is_made=size in there)
