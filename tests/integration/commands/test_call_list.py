"""The day's run and ``portal call-list`` keep the list of whom to call; again they change nothing."""

from datetime import timedelta

from sqlalchemy import select

from portal.commands.call_list import run_call_list
from portal.commands.day_run import DayRunner
from portal.db import transaction
from portal.domain.call_outcomes import CallOutcome
from portal.models import CallItem, CallTask
from tests.callers import Caller
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.integration.web.conftest import SECRET_KEY
from tests.integration.web.worlds import snapshot
from tests.people import TODAY, add_cast, add_loan


def test_the_days_run_lists_and_the_command_settles(database: Database) -> None:
    clock = HandClock()
    with transaction(database.engine) as session:
        cast = add_cast(session)
        loan = add_loan(session, cast.li_na)
        add_loan(session, cast.wang_qiang, ref="L-2", paid=12)
    run = DayRunner(database.engine, clock).run(TODAY)
    assert run.counts["calls:listed"] == 1
    with transaction(database.engine) as session:
        item = session.scalars(select(CallItem)).one()
        assert (item.loan_id, item.late_since) == (loan.id, TODAY - timedelta(days=42))
        Caller(session, cast.lin_yue).call(
            loan, CallOutcome.PROMISE, amount="100", due_on=TODAY + timedelta(days=1)
        )
        loan = session.merge(loan)
        loan.as_of = TODAY + timedelta(days=1)
    before = snapshot(database.engine)
    done = run_call_list(database.engine, clock)
    assert (done.listed, done.kept, done.broken) == (1, 0, 0)
    assert snapshot(database.engine) == before
    clock.move_on(days=2)
    done = run_call_list(database.engine, clock)
    assert (done.listed, done.broken) == (1, 1)
    after = snapshot(database.engine)
    run_call_list(database.engine, clock)
    assert snapshot(database.engine) == after
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(CallTask.state)).one() == "broken"


def test_the_days_report_tells_what_became_of_promises(
    portal: Portal, environment: dict[str, str], database: Database
) -> None:
    environment["PORTAL_HASH_KEY"] = SECRET_KEY
    clock = HandClock()
    with transaction(database.engine) as session:
        cast = add_cast(session)
        loan = add_loan(session, cast.li_na)
        loan.as_of = TODAY + timedelta(days=1)
    DayRunner(database.engine, clock).run(TODAY)
    with transaction(database.engine) as session:
        due_on = TODAY + timedelta(days=1)
        Caller(session, cast.lin_yue).call(
            session.merge(loan), CallOutcome.PROMISE, amount="100", due_on=due_on
        )
    clock.move_on(days=2)
    DayRunner(database.engine, clock).run(TODAY + timedelta(days=2))
    said = portal("day", "--report").stdout
    told = "1 loans. Promised in calls: 0 kept, 0 in part, 1 not kept, 0 that the book does not tell yet"
    assert f"The internal team's list: {told}" in said
