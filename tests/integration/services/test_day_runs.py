"""The run of a business date: begun at its first part, taken further by one at a time, finished once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.day_runs import Part
from portal.domain.errors import Conflict
from portal.domain.permissions import SYSTEM
from portal.models import DayRun, Event
from portal.services.day_runs import begin_day, find_day, finish_day, take_further
from tests.people import NOW, TODAY

DAY = timedelta(days=1)


@pytest.fixture
def run(session: Session) -> DayRun:
    return begin_day(session, on=TODAY, today=TODAY, now=NOW)


def finished(session: Session) -> list[dict[str, object]]:
    return [event.fields for event in session.scalars(select(Event).where(Event.name == "day:finished"))]


def test_it_begins_at_the_first_part_with_nothing_done(run: DayRun) -> None:
    assert (run.part, run.after_id, run.counts, run.previous_on) == (Part.EXPIRY, 0, {}, None)


def test_what_was_not_finished_comes_before_a_new_date(session: Session, run: DayRun) -> None:
    assert begin_day(session, on=TODAY, today=TODAY, now=NOW) is run
    assert begin_day(session, on=TODAY + DAY, today=TODAY + DAY, now=NOW + DAY) is run
    finish_day(session, SYSTEM, run_id=run.id, now=NOW)
    following = begin_day(session, on=TODAY + DAY, today=TODAY + DAY, now=NOW + DAY)
    assert (following.business_date, following.previous_on) == (TODAY + DAY, TODAY)
    assert find_day(session) is following
    assert find_day(session, TODAY) is run
    with pytest.raises(Conflict) as refused:
        begin_day(session, on=TODAY, today=TODAY + DAY, now=NOW + DAY)
    assert refused.value.code == "day_is_over"


def test_only_who_knows_how_far_it_is_takes_it_further(session: Session, run: DayRun) -> None:
    for _ in range(2):
        there = (Part(run.part), run.after_id)
        to = (Part.PLANS, run.after_id + 7)
        take_further(session, run_id=run.id, part=there[0], after_id=there[1], to=to, did={"expired": 2})
    assert (run.part, run.after_id, run.counts) == (Part.PLANS, 14, {"expired": 4})
    for part, after_id in ((Part.EXPIRY, 14), (Part.PLANS, 7)):
        with pytest.raises(Conflict) as refused:
            take_further(
                session, run_id=run.id, part=part, after_id=after_id, to=(Part.LOANS, 0), did={"expired": 1}
            )
        assert refused.value.code == "day_taken_over"
    assert (run.part, run.counts) == (Part.PLANS, {"expired": 4})


def test_it_is_finished_once_whoever_did(session: Session, run: DayRun) -> None:
    session.refresh(run)
    elsewhere = update(DayRun).values(finished_at=NOW).execution_options(synchronize_session=False)
    session.execute(elsewhere)
    finish_day(session, SYSTEM, run_id=run.id, now=NOW + DAY)
    assert (run.finished_at, finished(session)) == (NOW, [])


def test_its_end_is_on_record_with_what_it_did(session: Session, run: DayRun) -> None:
    take_further(
        session,
        run_id=run.id,
        part=Part.EXPIRY,
        after_id=0,
        to=(Part.DONE, 0),
        did={"expired": 3, "missed": 0},
    )
    for _ in range(2):
        finish_day(session, SYSTEM, run_id=run.id, now=NOW)
    assert finished(session) == [{"business_date": TODAY.isoformat(), "counts": {"expired": 3}}]
