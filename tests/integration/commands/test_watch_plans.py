"""``portal watch-plans``: the whole book on a day, as often as one likes, killed or not."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.commands.watch_plans import Watch
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.models import Agreement, Event, Loan, Proposal
from portal.queries.plans import plan_of
from portal.services.documents import keep_sealed
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.people import NOW, add_cast, add_loan
from tests.stories import Story

PLANS = 3
DAY = timedelta(days=1)


@pytest.fixture
def first_due(database: Database) -> date:
    """Some plans in force, and the day on which the first payment of each is due; the book reaches two months on."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        stories = [
            Story(session, cast.li_na, add_loan(session, cast.li_na, ref=f"L-{n}")) for n in range(PLANS)
        ]
        for story in stories:
            story.submit()
        for agreement in session.scalars(select(Agreement)):
            body = f"%PDF-1.7 {agreement.id}".encode()
            keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=body, now=NOW)
        for loan in session.scalars(select(Loan)):
            loan.as_of = NOW.date() + timedelta(days=60)
        return plan_of(stories[0].version).rows[0].due_on


def statuses(database: Database) -> Sequence[str]:
    with transaction(database.engine, writes=False) as session:
        return session.scalars(select(Proposal.status).order_by(Proposal.id)).all()


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Event)).one()


def test_it_moves_every_plan_to_where_its_payments_are_and_says_so(
    database: Database, portal: Portal, first_due: date
) -> None:
    said = portal("watch-plans", "--date", (first_due + DAY).isoformat())
    assert said.exit_code == 0, said.output
    assert f"Missed: {PLANS}" in said.output
    assert statuses(database) == ["missed"] * PLANS
    said = portal("watch-plans", "--date", (first_due + 11 * DAY).isoformat())
    assert f"broken: {PLANS}" in said.output
    assert statuses(database) == ["broken"] * PLANS


def test_running_it_again_changes_nothing(database: Database, portal: Portal, first_due: date) -> None:
    portal("watch-plans", "--date", (first_due + DAY).isoformat())
    with transaction(database.engine, writes=False) as session:
        before = count(session)
    said = portal("watch-plans", "--date", (first_due + DAY).isoformat())
    assert "Missed: 0" in said.output
    with transaction(database.engine, writes=False) as session:
        assert count(session) == before


def test_a_run_that_died_is_finished_by_the_next(database: Database, first_due: date) -> None:
    class Died(Exception):
        pass

    calls = iter([NOW])

    def now() -> object:
        try:
            return next(calls)
        except StopIteration:
            raise Died from None

    with pytest.raises(Died):
        Watch(database.engine, first_due + DAY, now=now).run()  # type: ignore[arg-type]
    assert sorted(statuses(database)) == ["active", "active", "missed"]
    Watch(database.engine, first_due + DAY, now=lambda: NOW).run()
    assert statuses(database) == ["missed"] * PLANS


def test_an_old_book_is_told_of_and_calls_nobody_late(
    database: Database, portal: Portal, first_due: date
) -> None:
    with transaction(database.engine) as session:
        for loan in session.scalars(select(Loan)):
            loan.as_of = first_due - DAY
    said = portal("watch-plans", "--date", (first_due + DAY).isoformat())
    assert f"Waiting for the lender's book to reach a payment's date: {PLANS}" in said.output
    assert statuses(database) == ["active"] * PLANS
    portal("watch-plans", "--date", (first_due + DAY).isoformat(), "--trust-book")
    assert statuses(database) == ["missed"] * PLANS


def test_a_date_that_is_none_is_refused(portal: Portal) -> None:
    assert portal("watch-plans", "--date", "tomorrow").exit_code == 2
