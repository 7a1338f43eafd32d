"""Whose account it is, by the ID's ending; the device that is known from then on; and how a sitting begins and ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, ActorKind
from portal.models import KnownDevice
from portal.queries.sign_in import device_hash
from portal.services.sign_in import (
    LOCKED_FOR,
    MOST_ENDINGS,
    EndingVerdict,
    check_ending,
    forget_device,
    remember_device,
    start_session,
)
from tests.people import NOW, Cast, add_borrower
from tests.stories import borrower_actor
from tests.told_events import told

VISITOR = Actor(ActorKind.PUBLIC, session_key="a visitor")
KEY = "a secret key for tests, long enough"
LATER = NOW + timedelta(days=3)


def _check(session: Session, cast: Cast, typed: str, *, minutes: int = 0) -> EndingVerdict:
    now = NOW + timedelta(minutes=minutes)
    return check_ending(session, VISITOR, mobile=cast.li_na.mobile, typed=typed, key=KEY, now=now)


def _code(verdict: EndingVerdict) -> tuple[str, str | None]:
    assert verdict.error is not None
    assert verdict.borrower_id is None
    return verdict.error.code, verdict.error.field


def _refused(session: Session) -> list[object]:
    return [fields["reason"] for _, fields in told(session, "ending:refused")]


def test_the_right_ending_tells_whose_it_is_however_often(session: Session, cast: Cast) -> None:
    for _ in range(MOST_ENDINGS + 1):
        assert _check(session, cast, cast.li_na.id_last4).borrower_id == cast.li_na.id
    assert _refused(session) == []


def test_what_is_no_ending_costs_no_try(session: Session, cast: Cast) -> None:
    for _ in range(MOST_ENDINGS + 1):
        assert _code(_check(session, cast, "")) == ("ending_missing", "ending")
    assert _code(_check(session, cast, "12")) == ("ending_unclear", "ending")
    assert _check(session, cast, cast.li_na.id_last4).borrower_id == cast.li_na.id


def test_wrong_ones_lock_this_way_in_for_a_day(session: Session, cast: Cast) -> None:
    for _ in range(MOST_ENDINGS):
        assert _code(_check(session, cast, "9999")) == ("ending_wrong", "ending")
    for _ in range(2):
        locked = _check(session, cast, cast.li_na.id_last4)
        assert (locked.borrower_id, locked.error, locked.again_at) == (None, None, NOW + LOCKED_FOR)
    assert _refused(session) == ["wrong"] * MOST_ENDINGS + ["locked"]
    day = LOCKED_FOR // timedelta(minutes=1)
    assert _check(session, cast, cast.li_na.id_last4, minutes=day).borrower_id == cast.li_na.id


def test_an_ending_that_two_have_names_nobody(session: Session, cast: Cast) -> None:
    add_borrower(session, "李丽", mobile=cast.li_na.mobile, id_last4=cast.li_na.id_last4)
    assert _code(_check(session, cast, cast.li_na.id_last4)) == ("ending_shared", "ending")
    assert _refused(session) == ["shared"]


def _known(session: Session) -> set[tuple[int, str]]:
    return {(device.borrower_id, device.token_hash) for device in session.scalars(select(KnownDevice))}


def test_a_device_is_known_by_one_token_for_all_who_use_it(session: Session, cast: Cast) -> None:
    first = remember_device(session, borrower_id=cast.li_na.id, old_token=None, now=NOW)
    other = remember_device(session, borrower_id=cast.li_na.id, old_token=None, now=NOW)
    assert len({first, other}) == 2
    second = remember_device(session, borrower_id=cast.wang_qiang.id, old_token=first, now=LATER)
    assert _known(session) == {
        (cast.li_na.id, device_hash(other)),
        (cast.li_na.id, device_hash(second)),
        (cast.wang_qiang.id, device_hash(second)),
    }
    third = remember_device(session, borrower_id=cast.li_na.id, old_token=second, now=LATER)
    session.expire_all()
    verified = select(KnownDevice.verified_at).where(KnownDevice.token_hash == device_hash(third))
    assert session.scalars(verified).all() == [LATER, LATER]


def test_a_device_is_forgotten_for_all_who_use_it_and_no_other(session: Session, cast: Cast) -> None:
    first = remember_device(session, borrower_id=cast.li_na.id, old_token=None, now=NOW)
    kept = remember_device(session, borrower_id=cast.li_na.id, old_token=None, now=NOW)
    token = remember_device(session, borrower_id=cast.wang_qiang.id, old_token=first, now=NOW)
    forget_device(session, VISITOR, token=token, now=LATER)
    assert _known(session) == {(cast.li_na.id, device_hash(kept))}
    asked = {"reason": "asked"}
    assert sorted(told(session, "device:forgotten"), key=str) == [
        (cast.li_na.id, asked),
        (cast.wang_qiang.id, asked),
    ]


@pytest.mark.parametrize("is_known", [True, False])
def test_the_beginning_of_a_sitting_is_told(session: Session, cast: Cast, *, is_known: bool) -> None:
    actor = borrower_actor(cast.li_na)
    start_session(session, actor, borrower_id=cast.li_na.id, is_device_known=is_known, now=NOW)
    started = {"audience": "borrower", "device_known": is_known}
    assert told(session, "session:started") == [(cast.li_na.id, started)]
