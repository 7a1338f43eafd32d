"""The day's run over the real loan book, day after day: ``python -m benchmarks.sixty_days [--days 60] [--loans 30000] [--kills 0]
[--database postgresql]``.

Prints what became of ten loans, each chosen and treated so that something happens to it; runs each date twice, and ends with status 1 where
the second time changes a single byte of the database (on PostgreSQL: a single value). With ``--kills`` days drawn at random are run beside,
from a copy of the same start, by processes that are killed anywhere so many times in all, then to their end; both databases are compared
each time.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Protocol
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from benchmarks.databases import KINDS, made_on
from portal.clock import Clock
from portal.commands.day_run import DayRunner
from portal.config import ROOT
from portal.db import make_engine, transaction
from portal.domain.holds import HoldKind
from portal.domain.occasions import Occasion
from portal.domain.permissions import SYSTEM
from portal.models import (
    Agreement,
    Borrower,
    Contact,
    Creditor,
    Hold,
    Installment,
    Loan,
    LoanStanding,
    OutboxItem,
    Payment,
    Proposal,
)
from portal.queries.running_plans import find_running_plan
from portal.services.documents import keep_sealed
from portal.services.holds import end_hold, start_hold
from portal.services.limitation import record_interruption
from tests.database_digest import differences, digest_of
from tests.people import add_account
from tests.postgresql_server import running_server
from tests.real_books import BOOK, cut_book
from tests.stories import Story

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 11, 2)
DAY = timedelta(days=1)
DATABASE = "portal.sqlite3"
KEY = "a key for a simulation, long enough to be one"
PART = "principal", "interest", "fee", "penalty"


@dataclass
class Followed:
    """A loan with the days past due that it begins with, and what is done to it: by day, an act."""

    what: str
    days_past_due: int
    acts: dict[int, Callable[["World", int, date], None]] = field(default_factory=dict)
    loan_id: int = 0
    lines: list[str] = field(default_factory=list)
    last: str = ""


@dataclass
class World:
    engine: Engine
    followed: Sequence[Followed]
    place: "Place"

    def moment(self, on: date) -> datetime:
        return datetime(on.year, on.month, on.day, 10, tzinfo=ZONE)


def dispute(world: World, loan_id: int, on: date) -> None:
    with transaction(world.engine) as session:
        kind, now = HoldKind.DISPUTE, world.moment(on)
        start_hold(session, SYSTEM, loan_id=loan_id, kind=kind, reason="the sum is disputed", now=now)


def settle_dispute(world: World, loan_id: int, on: date) -> None:
    with transaction(world.engine) as session:
        kind, now = HoldKind.DISPUTE, world.moment(on)
        end_hold(session, SYSTEM, loan_id=loan_id, kind=kind, reason="decided", now=now)


def pay_all_overdue(world: World, loan_id: int, on: date) -> None:
    """As a newer book shows it."""
    with transaction(world.engine) as session:
        _pay(session, loan_id, on, rows=99)


def pay_one_installment(world: World, loan_id: int, on: date) -> None:
    with transaction(world.engine) as session:
        _pay(session, loan_id, on, rows=1)


def _pay(session: Session, loan_id: int, on: date, *, rows: int) -> None:
    left = sum(
        getattr(Installment, f"{part}_due_minor") - getattr(Installment, f"{part}_paid_minor")
        for part in PART
    )
    late = session.scalars(
        select(Installment)
        .where(Installment.loan_id == loan_id, Installment.due_on < on, left > 0)
        .order_by(Installment.number)
    ).all()
    for row in late[:rows]:
        for part in PART:
            setattr(row, f"{part}_paid_minor", getattr(row, f"{part}_due_minor"))
    session.execute(update(Loan).where(Loan.id == loan_id).values(facts_version=Loan.facts_version + 1))


def sign_a_plan(world: World, loan_id: int, on: date) -> None:
    with transaction(world.engine) as session:
        loan = session.get_one(Loan, loan_id)
        borrower = session.get_one(Borrower, loan.borrower_id)
        story = Story(session, borrower, loan, now=world.moment(on), today=on)
        story.submit({"kind": "catch_up", "installments": 3, "day_of_month": (on + 8 * DAY).day})
        agreement = session.scalars(select(Agreement).where(Agreement.loan_id == loan_id)).one()
        keep_sealed(
            session, SYSTEM, agreement_id=agreement.id, body=f"%PDF {loan_id}".encode(), now=story.now
        )


def pay_the_plan(world: World, loan_id: int, on: date) -> None:
    with transaction(world.engine) as session:
        plan = find_running_plan(session, loan_id, on=on)
        if plan is not None and plan.progress.next is not None and plan.progress.next.row.due_on <= on:
            session.add(
                Payment(
                    payment_ref=f"S-{loan_id}-{on}",
                    loan_id=loan_id,
                    paid_on=on,
                    amount_minor=plan.progress.next_sum - plan.progress.next_paid,
                    channel="bank",
                    is_reversed=False,
                )
            )


EACH_DAY = dict.fromkeys(range(200), pay_the_plan)


def followed() -> Sequence[Followed]:
    return (
        Followed("is paid in full", -1),
        Followed("a few days late, pays after a week", 13, {7: pay_all_overdue}),
        Followed("late and silent", 13),
        Followed("a month late, disputes the sum for 15 days", 43, {10: dispute, 25: settle_dispute}),
        Followed("a month late, signs a plan and keeps it", 43, {**EACH_DAY, 5: sign_a_plan}),
        Followed("a month late, signs a plan and pays nothing", 43, {5: sign_a_plan}),
        Followed("two months late, pays a part of it", 74, {20: pay_one_installment}),
        Followed("three months late, demands never arrive", 105),
        Followed("three months late, with notice of an agency", 105),
        Followed("five months late, two demands arrive", 135),
    )


def deliver(world: World, on: date) -> None:
    """As receipts would: what was asked for about the followed loans arrives, but for the one whom nothing reaches."""
    silent = {each.loan_id for each in world.followed if "never arrive" in each.what}
    wanted = {each.loan_id for each in world.followed} - silent
    with transaction(world.engine) as session:
        open_items = select(OutboxItem).where(
            OutboxItem.kind == "message:occasion",
            OutboxItem.dedupe_key.in_(
                [f"{occasion}:{loan_id}:{on}" for occasion in Occasion for loan_id in wanted]
            ),
        )
        for item in session.scalars(open_items.order_by(OutboxItem.dedupe_key)):
            _arrive(session, item, world.moment(on))


def _arrive(session: Session, item: OutboxItem, now: datetime) -> None:
    occasion, loan_id = str(item.payload["occasion"]), int(item.payload["loan_id"])
    borrower_id = int(item.payload["borrower_id"])
    session.add(
        Contact(
            borrower_id=borrower_id,
            loan_id=loan_id,
            purpose=occasion,
            channel="sms",
            number_hash="x",
            number_last4="",
            template_version="simulated",
            rule_decision="simulated",
            result="delivered",
            actor_kind="system",
            at=now,
            arrived_at=now,
        )
    )
    if occasion == Occasion.DEMAND:
        record_interruption(
            session, SYSTEM, borrower_id=borrower_id, loan_id=loan_id, cause="demand_delivered", now=now
        )


def prepare(place: "Place", folder: Path, loans: int) -> World:
    book = cut_book(BOOK, folder / "book", loans=loans)
    for command in (["migrate"], ["import", str(book)]):
        subprocess.run(
            [sys.executable, "-m", "portal", *command],
            env=_environment(place.url, folder, FIRST),
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    world = World(make_engine(place.url), followed(), place)
    taken: set[int] = set()
    with transaction(world.engine) as session:
        for each in world.followed:
            each.loan_id = _loan_late_for(session, each.days_past_due, taken)
            taken.add(each.loan_id)
        noticed = next(each.loan_id for each in world.followed if "notice" in each.what)
        creditor = session.scalars(select(Loan.creditor).where(Loan.id == noticed)).one()
        agency_of = session.scalars(select(Creditor).where(Creditor.name == creditor)).one()
        agency_of.agency = "恒信催收服务有限公司"
        for creditor_row in session.scalars(select(Creditor).order_by(Creditor.id)):
            add_account(session, creditor_row, bank="中国工商银行", number=f"1001 {creditor_row.id:04}")
    return world


def _loan_late_for(session: Session, days: int, taken: set[int]) -> int:
    """The first of those that are so many days late, or nearly; below 0: one that is paid in full."""
    left = Installment.principal_due_minor - Installment.principal_paid_minor
    loans = select(Installment.loan_id).where(Installment.loan_id.not_in(taken)).group_by(Installment.loan_id)
    if days < 0:
        return session.scalars(loans.having(func.max(left) <= 0).order_by(Installment.loan_id)).first() or 0
    late = loans.where(left > 0).add_columns(func.min(Installment.due_on))
    wanted = FIRST - days * DAY
    found = min(session.execute(late), key=lambda row: (abs((row[1] - wanted).days), row[0]), default=None)
    return found[0] if found else 0


def _environment(url: str, folder: Path, on: date) -> dict[str, str]:
    return {
        **os.environ,
        "PORTAL_DATABASE_URL": url,
        "PORTAL_DATA_DIR": str(folder / "data"),
        "PORTAL_SECRET_KEY": KEY,
        "PORTAL_DEMO": "1",
        "BUSINESS_DATE": on.isoformat(),
    }


class Place(Protocol):
    """Where a database stands."""

    @property
    def url(self) -> str:
        """As the portal is told it."""

    def state(self, engine: Engine) -> object:
        """All that is in it, to be compared with what is in it later; nobody is connected afterwards."""

    def twin(self, folder: Path) -> "Place":
        """A copy, while nobody is connected."""


@dataclass(frozen=True)
class OnFile:
    """SQLite: every byte of the file."""

    file: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def state(self, engine: Engine) -> object:
        """Once what waits beside it is written into it."""
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return sha256(self.file.read_bytes()).hexdigest()

    def twin(self, folder: Path) -> "OnFile":
        copyfile(self.file, folder / DATABASE)
        return OnFile(folder / DATABASE)


@dataclass(frozen=True)
class OnServer:
    """PostgreSQL: every value of every table."""

    server: str
    name: str

    @property
    def url(self) -> str:
        return self.server.replace("/postgres?", f"/{self.name}?", 1)

    def state(self, engine: Engine) -> object:
        found = digest_of(engine, everything=True)
        engine.dispose()
        return found

    def twin(self, folder: Path) -> "OnServer":
        made_on(self.server, folder.name, like=self.name)
        return OnServer(self.server, folder.name)


def live(world: World, days: int, run: Callable[[date], None], check: Callable[[date], None]) -> None:
    for ahead in range(days):
        on = FIRST + ahead * DAY
        for each in world.followed:
            if ahead in each.acts:
                each.acts[ahead](world, each.loan_id, on)
        run(on)
        check(on)
        deliver(world, on)


def look(world: World, on: date) -> None:
    with transaction(world.engine, writes=False) as session:
        for each in world.followed:
            told = _told(session, each.loan_id, on)
            if told[0] != each.last or told[1]:
                days = session.get_one(LoanStanding, each.loan_id)
                counted = f"{_days(days, on):3}"
                each.lines.append(f"{on}  {counted}  {told[0]}  {' '.join(told[1])}".rstrip())
            each.last = told[0]


def _days(standing: LoanStanding, on: date) -> int:
    """As of a day: those of its last count went on since."""
    since = (on - standing.counted_on).days if standing.counted_on else 0
    return standing.delinquent_days + since * (standing.overdue_minor > 0)


def _told(session: Session, loan_id: int, on: date) -> tuple[str, list[str]]:
    standing = session.get_one(LoanStanding, loan_id)
    holds = session.scalars(
        select(Hold.kind).where(Hold.loan_id == loan_id, Hold.ended_at.is_(None)).order_by(Hold.kind)
    ).all()
    plan = session.scalar(
        select(Proposal.status).where(Proposal.loan_id == loan_id).order_by(Proposal.id.desc()).limit(1)
    )
    stage = f"{standing.stage or '-'} ({standing.stage_basis or '-'})"
    next_step = f" next: {standing.next_stage} {standing.next_stage_on}" if standing.next_stage else ""
    state = f"{standing.bucket or '-':3}  {stage:20} {','.join(holds) or '-':14} {plan or '-':10}{next_step}"
    keys = session.scalars(
        select(OutboxItem.dedupe_key).where(OutboxItem.dedupe_key.like(f"%:{loan_id}:{on}"))
    )
    return state, sorted(f"asks:{key.partition(':')[0]}" for key in keys)


@contextmanager
def _world(loans: int, kind: str) -> Iterator[World]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sixty-days-")))
        if kind == "postgresql":
            server = stack.enter_context(running_server())
            made_on(server, "days")
            yield prepare(OnServer(server, "days"), folder, loans)
        else:
            yield prepare(OnFile(folder / DATABASE), folder, loans)


def _runner(world: World, on: date) -> DayRunner:
    return DayRunner(world.engine, Clock(ZONE, on), is_book_trusted=True, loans_at_a_time=2_000)


def _kill_one(place: Place, folder: Path, on: date, luck: random.Random) -> None:
    command = [sys.executable, "-m", "portal", "day", "--trust-book", "--loans-at-a-time", "100"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=_environment(place.url, folder, on),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for _ in range(luck.randrange(11)):
            process.stderr.readline()
        time.sleep(luck.uniform(0, 0.1))
        process.kill()


@click.command()
@click.option("--days", default=60, show_default=True)
@click.option("--loans", default=30_000, show_default=True, help="The first so many of the book.")
@click.option("--kills", default=0, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--database", "kind", type=click.Choice(KINDS), default="sqlite", show_default=True)
def main(days: int, loans: int, kills: int, seed: int, kind: str) -> None:
    """Run the days, and print what became of ten loans."""
    with _world(loans, kind) as world:
        changed: list[date] = []

        killings = Killings(days, kills, random.Random(seed))

        def run(on: date) -> None:
            with killings.beside(world, on):
                _runner(world, on).run(on)

        def check(on: date) -> None:
            before = world.place.state(world.engine)
            _runner(world, on).run(on)
            if world.place.state(world.engine) != before:
                changed.append(on)
            look(world, on)

        live(world, days, run, check)
        for each in world.followed:
            click.echo(f"\n{each.what} (loan {each.loan_id})")
            click.echo("date        DPD (counted)  bucket stage (basis)  holds  plan  messages")
            click.echo("\n".join(each.lines))
        click.echo(f"\n{days} days of {loans:,} loans; run again, {len(changed)} of them changed something")
        for line in killings.found[:20]:
            click.echo(line)
        if kills:
            click.echo(f"killed {kills} times and run again: {len(killings.found)} differences")
    sys.exit(bool(changed or killings.found))


class Killings:
    """Days that are run beside ours from the same start, in processes that are killed; what is different afterwards is kept."""

    def __init__(self, days: int, kills: int, luck: random.Random) -> None:
        self._luck = luck
        self._days = Counter(luck.randrange(days) for _ in range(kills))
        self.found: list[str] = []

    @contextmanager
    def beside(self, world: World, on: date) -> Iterator[None]:
        """Around our own run of that day."""
        kills = self._days[(on - FIRST).days]
        if not kills:
            yield
            return
        with TemporaryDirectory(prefix="sixty-days-") as name:
            world.place.state(world.engine)
            twin = world.place.twin(Path(name))
            for _ in range(kills):
                _kill_one(twin, Path(name), on, self._luck)
            other = World(make_engine(twin.url), [], twin)
            _runner(other, on).run(on)
            yield
            self.found.extend(differences(world.engine, other.engine))
            other.engine.dispose()


if __name__ == "__main__":
    main()
