"""Events that are written by the hundred stand in the table as those that are written one by one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, ActorKind
from portal.models import Event, Loan
from portal.services.record import LoanEvent, record, record_all
from tests.people import NOW, Cast, add_loan

MOVED: dict[str, Any] = {"from_bucket": "M1", "to_bucket": "M2", "delinquent_days": 31}
ACTOR = Actor(ActorKind.SYSTEM, None, request_id="a run")


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    return add_loan(session, cast.li_na)


@pytest.mark.parametrize("at", [NOW, NOW + timedelta(microseconds=1_500)])
def test_of_many_each_is_written_as_one_alone(session: Session, loan: Loan, at: datetime) -> None:
    about = {"borrower_id": loan.borrower_id, "loan_id": loan.id}
    record(session, ACTOR, "loan:bucket_moved", now=at, **about, **MOVED)
    record_all(session, ACTOR, [LoanEvent("loan:bucket_moved", fields=MOVED, **about)], now=at)
    session.flush()
    alone, among = session.scalars(select(Event).order_by(Event.id)).all()
    told = (
        "name",
        "at",
        "actor_kind",
        "actor_id",
        "request_id",
        "borrower_id",
        "loan_id",
        "proposal_id",
        "fields",
    )
    assert [getattr(among, each) for each in told] == [getattr(alone, each) for each in told]
    assert among.at == at
    stamps = session.scalars(text("SELECT CAST(at AS text) FROM event ORDER BY id")).all()
    assert stamps[0] == stamps[1], "days are found by comparing stamps as they are written"


def test_one_that_the_vocabulary_lacks_stops_all_of_them(session: Session, loan: Loan) -> None:
    fine, wrong = (
        LoanEvent("loan:bucket_moved", loan.borrower_id, loan.id, fields)
        for fields in (MOVED, {**MOVED, "more": 1})
    )
    with pytest.raises(ValueError, match="more"):
        record_all(session, ACTOR, [fine, wrong], now=NOW)
    assert session.scalars(select(Event.name)).all() == []
