"""The desk is warned once before a promised time passes, and once when it has passed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.domain.queue_choices import NEAR, Alarm
from portal.models import Event, ReviewItem
from portal.services.promises import has_alarms, raise_alarms
from tests.people import NOW, Cast
from tests.waiting_cases import fill_queue

MINUTE = timedelta(minutes=1)


def told(session: Session, name: str) -> list[int | None]:
    return list(
        session.scalars(select(Event.proposal_id).where(Event.name == name).order_by(Event.proposal_id))
    )


def test_a_promise_is_warned_of_once_before_it_passes_and_once_after(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 2)
    first = NOW + timedelta(hours=1)
    session.get_one(ReviewItem, 1).deadline_at = first
    session.flush()
    assert not has_alarms(session, now=first - NEAR)
    warned_at = first - NEAR + MINUTE
    assert has_alarms(session, now=warned_at)
    assert raise_alarms(session, SYSTEM, now=warned_at) == [Alarm.NEAR]
    assert raise_alarms(session, SYSTEM, now=first) == [Alarm.NEAR]
    assert not has_alarms(session, now=first)
    assert raise_alarms(session, SYSTEM, now=first + MINUTE) == [Alarm.MISSED]
    assert raise_alarms(session, SYSTEM, now=first + MINUTE) == []
    assert told(session, "case:promise_near") == [1, 2]
    assert told(session, "case:promise_missed") == [1]


def test_what_nobody_was_warned_of_in_time_is_told_as_missed(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 1)
    assert raise_alarms(session, SYSTEM, now=NOW + timedelta(hours=5)) == [Alarm.MISSED]
    assert told(session, "case:promise_near") == []


def test_what_is_decided_and_only_goes_out_later_is_kept(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 2)
    session.get_one(ReviewItem, 1).stage = "held"
    session.get_one(ReviewItem, 2).stage = "second"
    session.flush()
    assert raise_alarms(session, SYSTEM, now=NOW + timedelta(hours=9)) == [Alarm.MISSED]
    assert told(session, "case:promise_missed") == [2]


def test_the_earliest_are_told_first_and_so_many_at_once(session: Session, cast: Cast) -> None:
    fill_queue(session, cast, 5)
    late = NOW + timedelta(hours=9)
    assert len(raise_alarms(session, SYSTEM, now=late, limit=2)) == 2
    assert told(session, "case:promise_missed") == [1, 2]
    assert len(raise_alarms(session, SYSTEM, now=late)) == 3
    assert not has_alarms(session, now=late)
