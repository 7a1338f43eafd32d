"""A number whose holder says "not me": contact stops once, its borrowers are looked after, and what was right lifts it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.models import Borrower, KnownDevice, ServiceCase, StoppedNumber
from portal.queries.numbers import find_stopped_number
from portal.services.stopped_numbers import Day, hash_of, lift_stop, stop_number
from tests.integration.web.conftest import HASH_KEY
from tests.people import NOW, TODAY, Cast, add_borrower
from tests.stories import ZONE
from tests.told_events import told


@pytest.fixture
def twin(session: Session, cast: Cast) -> Borrower:
    """Somebody else who is on record with 李娜's number."""
    return add_borrower(session, "李明", mobile=cast.li_na.mobile, id_last4="3333")


def stop(session: Session, mobile: str) -> str:
    return stop_number(session, SYSTEM, mobile=mobile, key=HASH_KEY, day=Day(today=TODAY, zone=ZONE), now=NOW)


def lift(session: Session, borrower: Borrower) -> None:
    lift_stop(session, SYSTEM, mobile=borrower.mobile, borrower_id=borrower.id, key=HASH_KEY, now=NOW)


def know(session: Session, borrower: Borrower, token: str) -> None:
    device = KnownDevice(borrower_id=borrower.id, token_hash=token * 64, verified_at=NOW)
    session.add(device)
    session.flush()


def test_it_is_stopped_once_however_often_it_is_said(session: Session, cast: Cast, twin: Borrower) -> None:
    reference = stop(session, cast.li_na.mobile)
    assert stop(session, cast.li_na.mobile) == reference
    other = stop(session, cast.wang_qiang.mobile)
    assert other != reference
    running = session.scalars(select(StoppedNumber).order_by(StoppedNumber.id)).all()
    assert [(each.reference, each.number_last4, each.stopped_at) for each in running] == [
        (reference, "8001", NOW),
        (other, "8002", NOW),
    ]
    assert [fields for _, fields in told(session, "number:stopped")] == [
        {"stop_id": running[0].id, "borrowers": 2},
        {"stop_id": running[1].id, "borrowers": 1},
    ]


def test_each_borrower_of_it_gets_a_case_and_is_known_by_no_device(
    session: Session, cast: Cast, twin: Borrower
) -> None:
    for borrower, token in ((cast.li_na, "a"), (twin, "b"), (cast.wang_qiang, "c")):
        know(session, borrower, token)
    stop(session, cast.li_na.mobile)
    cases = session.scalars(select(ServiceCase).order_by(ServiceCase.borrower_id)).all()
    assert [(case.borrower_id, case.topic) for case in cases] == [
        (borrower.id, "number_not_theirs") for borrower in (cast.li_na, twin)
    ]
    assert session.scalars(select(KnownDevice.borrower_id)).all() == [cast.wang_qiang.id]


def test_what_was_right_lifts_this_number_once_and_it_may_be_stopped_again(
    session: Session, cast: Cast
) -> None:
    reference, other = stop(session, cast.li_na.mobile), stop(session, cast.wang_qiang.mobile)
    for _ in range(2):
        lift(session, cast.li_na)
    hashes = [hash_of(each.mobile, HASH_KEY) for each in (cast.li_na, cast.wang_qiang)]
    assert find_stopped_number(session, hashes[0]) is None
    still = find_stopped_number(session, hashes[1])
    assert still is not None
    assert still.reference == other
    lifted = session.scalars(select(StoppedNumber).where(StoppedNumber.reference == reference)).one()
    assert lifted.lifted_at == NOW
    assert told(session, "number:stop_lifted") == [(cast.li_na.id, {"stop_id": lifted.id})]
    assert stop(session, cast.li_na.mobile) != reference
