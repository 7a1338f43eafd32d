"""Whoever knocks on at a full limit leaves one event a window and not one a knock: the record is kept for ever, and anybody can knock."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.time_codes import PyotpTimeCodes
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import Actor, ActorKind
from portal.models import Event
from portal.services.number_changes import find_whose_number
from portal.services.one_time_codes import CodeDoor, CodeOrder, check_code, send_code
from portal.services.sign_in import check_ending
from portal.services.staff_sign_in import SignInTry, password_to_compare, prove_again, try_sign_in
from portal.services.support_pairing import enter_pairing_number
from tests.people import NOW, Cast

KEY = "a secret key for tests, long enough"
DOOR = CodeDoor(key=KEY, hash_key=KEY, address="203.0.113.9")
STRANGER = Actor(ActorKind.PUBLIC, session_key="a session")
Knock = Callable[[Session, Cast, datetime], object]


def order_codes(session: Session, cast: Cast, now: datetime) -> None:
    """Never so soon after another that it is held back for that."""
    order = CodeOrder(
        purpose=CodePurpose.SIGN_IN, target=cast.li_na.mobile, mobile=cast.li_na.mobile, locale="zh_CN"
    )
    send_code(session, STRANGER, order=order, door=DOOR, now=now)


def try_an_ending(session: Session, cast: Cast, now: datetime) -> None:
    check_ending(session, STRANGER, mobile=cast.li_na.mobile, typed="0000", key=KEY, now=now)


def wish_for_a_number(session: Session, cast: Cast, now: datetime) -> None:
    find_whose_number(session, STRANGER, mobile=cast.li_na.mobile, typed="0000", door=DOOR, now=now)


def try_a_password(session: Session, cast: Cast, now: datetime) -> None:
    del cast
    tried = SignInTry("zhou.min", "wrong", "123456", "there", "there")
    kept = password_to_compare(session, tried, now=now)
    codes = PyotpTimeCodes()
    try_sign_in(session, STRANGER, time_codes=codes, tried=tried, kept=kept, is_password_right=False, now=now)


def prove_with_a_code(session: Session, cast: Cast, now: datetime) -> None:
    actor = Actor(ActorKind.STAFF, cast.zhou_min.id)
    prove_again(session, actor, time_codes=PyotpTimeCodes(), code="x", now=now)


def enter_a_number(session: Session, cast: Cast, now: datetime) -> None:
    actor = Actor(ActorKind.BORROWER, cast.li_na.id)
    enter_pairing_number(session, actor, typed="12345678", key=KEY, now=now)


KNOCKS: dict[str, tuple[Knock, int, timedelta, timedelta]] = {
    "codes ordered": (order_codes, 10, timedelta(minutes=2), timedelta(hours=24)),
    "endings": (try_an_ending, 5, timedelta(), timedelta(hours=24)),
    "wishes for a number": (wish_for_a_number, 5, timedelta(), timedelta(hours=24)),
    "passwords": (try_a_password, 10, timedelta(), timedelta(minutes=15)),
    "proofs": (prove_with_a_code, 10, timedelta(), timedelta(minutes=15)),
    "support calls' numbers": (enter_a_number, 5, timedelta(), timedelta(minutes=10)),
}


def told(session: Session) -> int:
    return len(session.scalars(select(Event.id)).all())


@pytest.mark.parametrize("what", KNOCKS)
def test_of_a_full_limit_the_first_refusal_goes_on_record_and_no_other(
    session: Session, cast: Cast, what: str
) -> None:
    knock, most, apart, window = KNOCKS[what]
    now, before = NOW, told(session)
    for _ in range(most):
        knock(session, cast, now)
        now += apart
    assert told(session) == before + most
    for _ in range(20):
        knock(session, cast, now)
        now += apart
    assert told(session) == before + most + 1
    knock(session, cast, NOW + window)
    assert told(session) == before + most + 2


def test_guesses_beyond_the_day_s_leave_one_event(session: Session, cast: Cast) -> None:
    reasons = guess_all_day(session, cast, tries=5)
    assert (reasons["wrong"], reasons["too_many_tries"]) == (10, 1)


def test_codes_that_are_over_can_be_tried_for_ever_and_leave_one_event_each(
    session: Session, cast: Cast
) -> None:
    reasons = guess_all_day(session, cast, tries=30)
    assert reasons["code_tries_spent"] <= 10


def guess_all_day(session: Session, cast: Cast, *, tries: int) -> Counter[str]:
    for minute in range(0, 200, 10):
        now = NOW + timedelta(minutes=minute)
        order_codes(session, cast, now)
        for _ in range(tries):
            check_code(
                session,
                STRANGER,
                purpose=CodePurpose.SIGN_IN,
                target=cast.li_na.mobile,
                typed="000000",
                door=DOOR,
                now=now,
            )
    refused = session.scalars(select(Event.fields).where(Event.name == "code:refused"))
    return Counter(fields["reason"] for fields in refused)


def test_asking_again_within_the_minute_leaves_no_event(session: Session, cast: Cast) -> None:
    """Else a new number, asked about twice, was one event for two requests, whatever was counted by address."""
    order_codes(session, cast, NOW)
    before = told(session)
    for _ in range(5):
        order_codes(session, cast, NOW + timedelta(seconds=5))
    assert told(session) == before


def test_numbers_tried_one_after_the_other_are_counted_by_address(session: Session, cast: Cast) -> None:
    """Each is new, so that none is full: each wish would leave an event."""
    before = told(session)
    for number in range(320):
        find_whose_number(session, STRANGER, mobile=f"+86138001{number:05}", typed="0000", door=DOOR, now=NOW)
    assert told(session) == before + 301
    elsewhere = replace(DOOR, address="198.51.100.1")
    verdict = find_whose_number(
        session,
        STRANGER,
        mobile=cast.li_na.mobile,
        typed=cast.li_na.id_last4,
        door=elsewhere,
        now=NOW,
    )
    assert verdict.borrower_id == cast.li_na.id
