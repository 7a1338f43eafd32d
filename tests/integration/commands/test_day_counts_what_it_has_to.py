"""Counting only loans that something happens to leaves what counting all of them leaves: over drawn loans, and what happens to them."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.commands.day_run import DayRunner
from portal.db import transaction
from portal.domain.arrears import arrears_of
from portal.domain.holds import HoldKind
from portal.domain.limitation import Cause
from portal.domain.permissions import SYSTEM
from portal.models import Contact, Creditor, DelinquencyPause, Installment, Loan, LoanStanding, Payment
from portal.queries.loans import facts_of_loans
from portal.services.holds import end_hold, start_hold
from portal.services.limitation import record_interruption
from portal.services.standings import look_again
from tests.database_digest import rows_by_table
from tests.databases import Database, SqliteTemplate
from tests.drawn_loans import draw_loans
from tests.people import TODAY, add_agency, add_cast
from tests.stories import ZONE

LOANS = 50
DAYS = (0, 1, 2, 13, 45, 46)
MORE_DAYS = (*range(60), *range(90, 130, 3), 200, 201, 300, 301, 302, 700, 701, 1300, 1301)
OF_THE_DAY: frozenset[str] = frozenset({"day_run", "event", "loan_standing"})
"""Tables in which the two differ as they may: how many were counted, and by which day the days of a standing are."""

HOLD_NUMBER = re.compile(r'"hold_id": \d+, ')
"""PostgreSQL uses one up where a second hold of a kind is not started; SQLite does not."""


class StoppedError(Exception):
    pass


def moment(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour), tzinfo=ZONE)


def populate(database: Database, seed: int) -> None:
    with transaction(database.engine) as session:
        add_cast(session)
        draw_loans(session, LOANS, today=TODAY, seed=seed)
        add_agency(session)
        session.scalars(select(Creditor)).first().agency = "正信服务有限公司"  # type: ignore[union-attr]


def run(database: Database, on: date, luck: random.Random | None) -> None:
    """With luck it is stopped in the middle and taken up by another, some loans at a time; without, all are counted at once."""
    clock = Clock(ZONE, on)
    if luck is None:
        DayRunner(database.engine, clock, counts_all=True).run(on)
        return
    left = luck.randrange(12)

    def tell(_more: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise StoppedError

    try:
        DayRunner(database.engine, clock, tell=tell, loans_at_a_time=luck.choice([7, 30])).run(on)
    except StoppedError:
        DayRunner(database.engine, clock, loans_at_a_time=30).run(on)


def pay(session: Session, loan: Loan, dice: random.Random, on: date) -> None:
    """As a newer book says it: the earliest unmet installment is met, in whole or in part, or not met after all."""
    share = dice.choice([0.0, 0.5, 1.0])
    rows = session.scalars(
        select(Installment).where(Installment.loan_id == loan.id, Installment.due_on < on)
    ).all()
    for row in rows[-dice.randrange(1, 13) :]:
        for part in ("principal", "interest", "fee", "penalty"):
            setattr(row, f"{part}_paid_minor", int(getattr(row, f"{part}_due_minor") * share))
    session.add(
        Payment(
            payment_ref=f"{loan.loan_ref}-{on}",
            loan_id=loan.id,
            paid_on=on,
            amount_minor=100,
            channel="bank",
            is_reversed=False,
        )
    )
    loan.facts_version += 1
    session.flush()
    look_again(session, [loan.id])


def restate(session: Session, loan: Loan, dice: random.Random, on: date) -> None:
    """The book corrects itself: a stage, a status."""
    loan.collection_stage = dice.choice([None, "reminder", "internal", "agency", "legal"])
    loan.stage_since = on if loan.collection_stage else None
    loan.status = dice.choice(["active", "active", "closed"])
    loan.facts_version += 1
    session.flush()
    look_again(session, [loan.id])


def hold(session: Session, loan: Loan, dice: random.Random, on: date) -> None:
    said: dict[str, Any] = {
        "loan_id": loan.id,
        "kind": HoldKind.DISPUTE,
        "reason": "other",
        "now": moment(on, 8),
    }
    if dice.randrange(2):
        start_hold(session, SYSTEM, **said)
    else:
        end_hold(session, SYSTEM, **said)


def pause(session: Session, loan: Loan, dice: random.Random, on: date) -> None:
    running = session.scalars(
        select(DelinquencyPause).where(
            DelinquencyPause.loan_id == loan.id, DelinquencyPause.ends_on.is_(None)
        )
    ).first()
    if running is not None:
        running.ends_on = max(on, running.starts_on + timedelta(days=1))
    elif dice.randrange(3) == 0:
        session.add(DelinquencyPause(loan_id=loan.id, starts_on=on))


def interrupt(session: Session, loan: Loan, dice: random.Random, on: date) -> None:
    cause = dice.choice([Cause.DEMAND_DELIVERED, Cause.DEMAND_DELIVERED, Cause.REQUEST_FOR_TIME])
    record_interruption(
        session, SYSTEM, borrower_id=loan.borrower_id, loan_id=loan.id, cause=cause.value, now=moment(on, 8)
    )


def give_notice(session: Session, loan: Loan, dice: random.Random, on: date) -> None:
    del dice
    session.add(
        Contact(
            at=moment(on, 8), borrower_id=loan.borrower_id, loan_id=loan.id, purpose="agency_notice", channel="sms",
            number_hash="", number_last4="8009", template_version="1", rule_decision="allowed", result="sent",
            arrived_at=moment(on, 8), actor_kind="system",
        )
    )  # fmt: skip


def owe_a_demand(session: Session, loan: Loan, dice: random.Random, on: date) -> None:
    del dice
    session.execute(
        update(LoanStanding)
        .where(LoanStanding.loan_id == loan.id, LoanStanding.demand_owed_on.is_(None))
        .values(demand_owed_on=on)
    )


HAPPENS: tuple[Callable[[Session, Loan, random.Random, date], None], ...] = (
    pay, pay, restate, hold, hold, pause, interrupt, interrupt, give_notice, owe_a_demand,
)  # fmt: skip


def let_happen(database: Database, on: date, dice: random.Random) -> None:
    with transaction(database.engine) as session:
        loans = session.scalars(select(Loan).where(Loan.loan_ref.startswith("D-")).order_by(Loan.id)).all()
        for loan in dice.sample(list(loans), 15):
            dice.choice(HAPPENS)(session, loan, dice, on)
            session.flush()


def told(engine: Engine, on: date) -> dict[str, Any]:
    """All tables; of standings what is the same whenever they were counted, and the days as of ``on``."""
    found: dict[str, Any] = {
        name: rows for name, rows in rows_by_table(engine).items() if name not in OF_THE_DAY
    }
    found["events"] = sorted(
        HOLD_NUMBER.sub("", row) for row in rows_by_table(engine)["event"] if "day:finished" not in row
    )
    with transaction(engine, writes=False) as session:
        rows = session.scalars(select(LoanStanding).order_by(LoanStanding.loan_id)).all()
        found["standings"] = [_as_of(row, on) for row in rows]
    return found


def _as_of(row: LoanStanding, on: date) -> tuple[Any, ...]:
    assert row.counted_on is not None
    late = row.overdue_minor > 0
    days = row.delinquent_days + (on - row.counted_on).days * late
    return (
        row.loan_id, days, row.oldest_unpaid_on, row.overdue_minor, row.bucket, row.stage, row.stage_basis, row.stage_since,
        row.next_stage, row.next_stage_on, row.next_notice_on, row.limitation_from, row.limitation_ends_on, row.demands,
        row.demand_owed_on,
    )  # fmt: skip


def by_the_rules(engine: Engine, on: date) -> list[tuple[Any, ...]]:
    with transaction(engine, writes=False) as session:
        ids = session.scalars(select(Loan.id).order_by(Loan.id)).all()
        every = facts_of_loans(session, ids)
        found = []
        for loan_id in ids:
            arrears = arrears_of(every[loan_id], on=on)
            late = (arrears.delinquent_days, arrears.oldest_unpaid_on, arrears.book.total, arrears.bucket)
            found.append((loan_id, *late))
        return found


@contextmanager
def another(template: SqliteTemplate, folder: Path, seed: int) -> Iterator[Database]:
    with template.copied(folder) as made:
        populate(made, seed)
        yield made


def test_counting_what_something_happens_to_is_as_counting_all(
    database: Database, sqlite_template: SqliteTemplate, tmp_path: Path, is_long: bool
) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    populate(database, seed)
    luck, happenings = random.Random(seed), [random.Random(seed + 1) for _ in range(2)]
    with another(sqlite_template, tmp_path, seed) as slow:
        for ahead in MORE_DAYS if is_long else DAYS:
            on = TODAY + timedelta(days=ahead)
            if ahead:
                for each, dice in zip((database, slow), happenings, strict=True):
                    let_happen(each, on, dice)
            run(database, on, luck)
            run(slow, on, None)
            left = told(database.engine, on)
            assert left == told(slow.engine, on)
            assert [row[:5] for row in left["standings"]] == by_the_rules(database.engine, on)
            some, every = counted(database.engine, on), counted(slow.engine, on)
            # Else one way would be compared with itself: on the day after another few are counted.
            assert some < every if ahead in {1, 2, 46} else some <= every


def counted(engine: Engine, on: date) -> int:
    with transaction(engine, writes=False) as session:
        return session.scalar(select(func.count()).where(LoanStanding.counted_on == on)) or 0


@pytest.mark.parametrize("is_new", [False, True])
def test_other_rules_than_before_count_all_loans(database: Database, is_new: bool) -> None:
    populate(database, 7)
    run(database, TODAY, random.Random(1))
    if is_new:
        with transaction(database.engine) as session:
            session.execute(update(LoanStanding).values(counted_by="of another pack"))
    run(database, TODAY + timedelta(days=1), random.Random(1))
    with transaction(database.engine, writes=False) as session:
        every = session.scalar(select(func.count()).select_from(LoanStanding))
    assert (counted(database.engine, TODAY + timedelta(days=1)) == every) == is_new
