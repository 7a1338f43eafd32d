"""``portal day``: one run a date, finished by whoever comes next, and never a step back."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, event, func, select, update

from portal.commands import cli
from portal.commands.day_lock import day_lock
from portal.db import make_engine, transaction
from portal.domain.call_outcomes import CallOutcome
from portal.domain.holds import HoldKind
from portal.domain.permissions import SYSTEM
from portal.models import (
    Agreement,
    CallRefusal,
    DayRun,
    Event,
    Installment,
    Loan,
    LoanStage,
    LoanStanding,
    OutboxItem,
    Proposal,
)
from portal.queries.plans import plan_of
from portal.services.documents import keep_sealed
from portal.services.holds import end_hold, start_hold
from tests.callers import Caller, fill_list
from tests.database_digest import differences, digest_of
from tests.databases import Database, SqliteTemplate
from tests.drawn_loans import draw_loans
from tests.integration.commands.conftest import Portal
from tests.integration.web.conftest import SECRET_KEY
from tests.people import NOW, TODAY, add_cast, add_loan
from tests.stories import Story

DAY = timedelta(days=1)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """The date is set, as in the demo, so that a test can go from day to day."""
    return environment | {"PORTAL_DEMO": "1", "BUSINESS_DATE": TODAY.isoformat()}


@pytest.fixture
def people(database: Database) -> Database:
    with transaction(database.engine) as session:
        add_cast(session)
        draw_loans(session, 60, today=TODAY)
    return database


def run_of(portal: Portal, environment: dict[str, str], on: date, *more: str) -> str:
    environment["BUSINESS_DATE"] = on.isoformat()
    said = portal("day", *more)
    assert said.exit_code == 0, said.output
    return said.stdout


def test_a_day_counts_every_loan_and_says_what_moved_and_why(
    portal: Portal, environment: dict[str, str], people: Database
) -> None:
    said = run_of(portal, environment, TODAY)
    assert f"Run of {TODAY}: finished after" in said
    assert "60 new" in said
    assert "nobody → reminder" in said
    assert "(by the number of days late)" in said
    with transaction(people.engine, writes=False) as session:
        assert session.scalar(select(func.count()).select_from(LoanStanding)) == 60
        assert session.scalar(select(Event.fields).where(Event.name == "day:finished"))


def test_no_statement_looks_through_a_list_for_every_row(
    portal: Portal, environment: dict[str, str], people: Database
) -> None:
    """PostgreSQL reads the list of a NOT IN (SELECT …) anew for every row once it is more than its working memory holds: a run over a
    million loans would never end.
    """
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, words: str, *_rest: Any) -> None:
        said.append(" ".join(words.split()))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        run_of(portal, environment, TODAY)
        run_of(portal, environment, TODAY + DAY)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert any("UPDATE call_item" in words for words in said)
    assert [words for words in said if "NOT IN (SELECT" in words] == []


def test_the_same_day_again_changes_nothing_at_all_and_tells_the_same(
    portal: Portal, environment: dict[str, str], people: Database
) -> None:
    first = run_of(portal, environment, TODAY)
    before = digest_of(people.engine, everything=True)
    assert run_of(portal, environment, TODAY) == first
    assert run_of(portal, environment, TODAY, "--report") == first
    assert digest_of(people.engine, everything=True) == before


def test_what_was_changed_by_hand_is_counted_by_the_next_run_that_reaches_it(
    portal: Portal, environment: dict[str, str], people: Database
) -> None:
    """Asked for on a day that is finished: the mark is kept for the next."""
    run_of(portal, environment, TODAY)

    def owed() -> int:
        with transaction(people.engine, writes=False) as session:
            return session.scalar(select(func.sum(LoanStanding.overdue_minor))) or 0

    assert owed() > 0
    with transaction(people.engine) as session:
        parts = ("principal", "interest", "penalty", "fee")
        paid = {f"{part}_paid_minor": getattr(Installment, f"{part}_due_minor") for part in parts}
        session.execute(update(Installment).values(paid))
    run_of(portal, environment, TODAY, "--count-all")
    run_of(portal, environment, TODAY + DAY)
    assert owed() == 0


def test_a_day_before_the_last_is_refused_and_so_is_one_to_come(
    portal: Portal, environment: dict[str, str], people: Database
) -> None:
    run_of(portal, environment, TODAY)
    said = portal("day", "--date", (TODAY - DAY).isoformat())
    assert said.exit_code == 1
    assert f"{TODAY} was run already" in said.output
    said = portal("day", "--date", (TODAY + DAY).isoformat())
    assert said.exit_code == 1
    assert "has not come yet" in said.output
    with transaction(people.engine, writes=False) as session:
        assert session.scalars(select(DayRun.business_date)).all() == [TODAY]


def test_days_that_nobody_ran_are_named_and_caught_up_on(
    portal: Portal, environment: dict[str, str], people: Database
) -> None:
    run_of(portal, environment, TODAY)
    said = run_of(portal, environment, TODAY + 3 * DAY)
    assert f"caught up by this one: {TODAY + DAY}, {TODAY + 2 * DAY}" in said


def test_a_demand_that_a_hold_kept_back_is_asked_for_once_when_the_hold_is_over(
    portal: Portal, environment: dict[str, str], database: Database
) -> None:
    """李娜 is 34 days late; the demand of the 35th day falls into a dispute."""
    with transaction(database.engine) as session:
        loan = add_loan(session, add_cast(session).li_na, late_days=33, stage=None)
        run_hold: dict[str, Any] = {"loan_id": loan.id, "kind": HoldKind.DISPUTE}

    def demands() -> list[str]:
        with transaction(database.engine, writes=False) as session:
            asked = select(OutboxItem.dedupe_key).where(OutboxItem.dedupe_key.startswith("demand:"))
            return list(session.scalars(asked.order_by(OutboxItem.id)))

    run_of(portal, environment, TODAY)
    with transaction(database.engine) as session:
        start_hold(session, SYSTEM, **run_hold, reason="other", now=NOW)
    for day in (1, 2, 3):
        run_of(portal, environment, TODAY + day * DAY)
    assert demands() == []
    with transaction(database.engine) as session:
        end_hold(session, SYSTEM, **run_hold, reason="other", now=NOW)
    for day in (4, 5, 6):
        run_of(portal, environment, TODAY + day * DAY)
    assert demands() == [f"demand:{run_hold['loan_id']}:{TODAY + 4 * DAY}"]


def test_the_report_tells_of_the_calls_since_the_last_run_and_of_what_became_of_promises(
    portal: Portal, environment: dict[str, str], database: Database
) -> None:
    """One call with a promise that nobody keeps, one that nobody answers, and one that a rule refuses."""
    environment["PORTAL_HASH_KEY"] = SECRET_KEY
    with transaction(database.engine) as session:
        cast = add_cast(session)
        loans = [add_loan(session, cast.li_na, ref=f"L-{number}") for number in (1, 2)]
        fill_list(session)
        caller = Caller(session, cast.lin_yue)
        due_on = TODAY + DAY
        caller.call(loans[0], CallOutcome.PROMISE, amount="100", due_on=due_on)
        session.add(
            CallRefusal(
                loan_id=loans[1].id, staff_id=cast.lin_yue.id, rule="C02", because="not_now", at=caller.now
            )
        )
    assert "0 made, 0 refused by a rule" in run_of(portal, environment, TODAY)
    said = run_of(portal, environment, TODAY + DAY)
    assert "1 made, 1 refused by a rule" in said
    assert "0 kept, 0 in part, 0 not kept" in said
    with transaction(database.engine) as session:
        for loan in session.scalars(select(Loan)):
            loan.as_of = due_on
    said = run_of(portal, environment, TODAY + 2 * DAY)
    assert "0 made, 0 refused by a rule" in said
    assert "0 kept, 0 in part, 1 not kept" in said


@contextmanager
def opened(database: Database) -> Iterator[Engine]:
    """As another process opens it: the engine of a test does not know its own file."""
    engine = make_engine(database.url)
    yield engine
    engine.dispose()


def test_who_comes_while_another_runs_is_refused(portal: Portal, people: Database) -> None:
    with opened(people) as engine, day_lock(engine, seconds=0) as is_held:
        assert is_held
        said = portal("day", "--wait", "0.1")
    assert said.exit_code == 1
    assert "Another run of the day is under way" in said.output
    assert portal("day").exit_code == 0


@pytest.fixture
def first_due(database: Database) -> date:
    """Two plans in force, and the day on which the first payment of each is due; the book reaches two months on."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        stories = [
            Story(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{n}", stage=None))
            for n in range(2)
        ]
        for story in stories:
            story.submit()
        for agreement in session.scalars(select(Agreement)):
            keep_sealed(
                session, SYSTEM, agreement_id=agreement.id, body=f"%PDF-1.7 {agreement.id}".encode(), now=NOW
            )
        for loan in session.scalars(select(Loan)):
            loan.as_of = NOW.date() + timedelta(days=60)
        return plan_of(stories[0].version).rows[0].due_on


def asked(database: Database) -> list[str]:
    """The messages that were asked for about the first loan, by occasion and day."""
    with transaction(database.engine, writes=False) as session:
        loan_id = session.scalars(select(Loan.id).order_by(Loan.id)).first()
        keys = session.scalars(select(OutboxItem.dedupe_key).where(OutboxItem.kind == "message:occasion"))
        split = [key.split(":") for key in keys]
        return sorted(f"{occasion} {day}" for occasion, loan, day in split if loan == str(loan_id))


def test_plans_are_reminded_of_missed_and_broken_each_on_its_day_and_nobody_collects_meanwhile(
    portal: Portal, environment: dict[str, str], database: Database, first_due: date
) -> None:
    for ahead in (-5, -3, -2, 1, 3, 4, 10, 11, 12):
        run_of(portal, environment, first_due + ahead * DAY)
    told = asked(database)
    assert f"plan_due_soon {first_due - 3 * DAY}" in told
    assert f"plan_missed {first_due + 3 * DAY}" in told
    assert [line for line in told if "plan_missed" not in line and "plan_due_soon" not in line] == [
        f"plan_broken {first_due + 11 * DAY}"
    ]
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(Proposal.status)).all() == ["broken", "broken"]
        moves = session.execute(select(LoanStage.stage, LoanStage.since).order_by(LoanStage.id)).all()
    assert [tuple(move) for move in moves] == [("internal", first_due + 11 * DAY)] * 2


def test_no_step_onward_on_hold_and_the_way_goes_on_after_it(
    portal: Portal, environment: dict[str, str], database: Database
) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        loan = add_loan(session, cast.li_na, late_days=30, stage=None)
        loan_id = loan.id
    run_of(portal, environment, TODAY)
    with transaction(database.engine) as session:
        start_hold(session, SYSTEM, loan_id=loan_id, kind=HoldKind.DISPUTE, reason="test", now=NOW)
    run_of(portal, environment, TODAY + 5 * DAY)
    with transaction(database.engine, writes=False) as session:
        standing = session.get_one(LoanStanding, loan_id)
        assert (standing.stage, standing.delinquent_days) == ("reminder", 35)
    assert asked(database) == [f"overdue_reminder {TODAY}"]


def started(environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "portal", "day", "--loans-at-a-time", "3"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_somewhere(environment: dict[str, str], luck: random.Random) -> None:
    """Kill -9, before the first transaction, after the last, or in between: a tenth of the loans is told on a line."""
    with started(environment) as process:
        assert process.stderr is not None
        for _ in range(luck.randrange(11)):
            process.stderr.readline()
        time.sleep(luck.uniform(0, 0.05))
        process.kill()


def test_killed_anywhere_and_run_again_it_is_as_if_nothing_had_happened(
    portal: Portal,
    environment: dict[str, str],
    people: Database,
    sqlite_template: SqliteTemplate,
    tmp_path: Path,
    is_long: bool,
) -> None:
    days, kills = (10, 5) if is_long else (2, 1)
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    luck = random.Random(seed)
    for ahead in range(days):
        environment["BUSINESS_DATE"] = (TODAY + ahead * DAY).isoformat()
        for _ in range(kills):
            kill_somewhere(environment, luck)
        run_of(portal, environment, TODAY + ahead * DAY)
    with sqlite_template.copied(tmp_path) as undisturbed:
        with transaction(undisturbed.engine) as session:
            add_cast(session)
            draw_loans(session, 60, today=TODAY)
        elsewhere = environment | {"PORTAL_DATABASE_URL": undisturbed.url}
        for ahead in range(days):
            said = CliRunner().invoke(
                cli, ["day"], env=elsewhere | {"BUSINESS_DATE": (TODAY + ahead * DAY).isoformat()}
            )
            assert said.exit_code == 0, said.output
        assert list(differences(people.engine, undisturbed.engine)) == []
