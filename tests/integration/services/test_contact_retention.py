"""What is kept of contacts goes with its time (rule C16): never before the loan is settled, and not while something is disputed (C19)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.holds import HoldKind
from portal.domain.loans import LoanStatus
from portal.domain.permissions import SYSTEM
from portal.models import Call, Contact, Event, Loan, SupportCall, SupportWrapUp
from portal.services.contact_retention import BATCH, erase_due_contacts
from portal.services.holds import end_hold, start_hold
from tests.people import Cast, add_loan

ZONE = ZoneInfo("Asia/Shanghai")
ON = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=ZONE)
YEARS_AGO = datetime(2021, 11, 1, 23, 59, tzinfo=ZONE)
"""The last minute that is older than five years."""


@pytest.fixture
def settled(session: Session, cast: Cast) -> Loan:
    loan = add_loan(session, cast.li_na, late_days=0)
    loan.status = LoanStatus.CLOSED.value
    session.flush()
    return loan


def add_contact(session: Session, loan: Loan, *, at: datetime = YEARS_AGO, number: str = "a" * 64) -> Contact:
    contact = Contact(
        borrower_id=loan.borrower_id, loan_id=loan.id, purpose="demand", channel="sms", number_hash=number,
        number_last4="0001" if number else "", template_version="demand@1", rule_decision="let through", result="delivered",
        text="请登录查看", sent_from="106900001", actor_kind="system", at=at,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    return contact


def erased(session: Session, *, after: int = 0) -> int:
    return erase_due_contacts(session, SYSTEM, after=after, on=ON, zone=ZONE, now=NOW).erased


def test_of_an_old_contact_it_stays_that_there_was_one(session: Session, settled: Loan) -> None:
    contact = add_contact(session, settled)
    assert erased(session) == 1
    session.refresh(contact)
    assert (contact.number_hash, contact.number_last4, contact.text, contact.sent_from) == ("", "", "", "")
    assert (contact.at, contact.rule_decision, contact.result) == (YEARS_AGO, "let through", "delivered")
    told = session.scalars(select(Event).where(Event.name == "retention:contacts_erased")).one()
    assert told.fields == {"contacts": 1, "before": "2021-11-02"}
    assert erased(session) == 0


def test_a_day_younger_stays(session: Session, settled: Loan) -> None:
    add_contact(session, settled, at=YEARS_AGO + timedelta(minutes=1))
    assert erased(session) == 0


def test_words_without_a_number_go_too(session: Session, settled: Loan) -> None:
    contact = add_contact(session, settled, number="")
    assert erased(session) == 1
    session.refresh(contact)
    assert contact.text == ""


def test_what_a_caller_wrote_down_goes_with_it(session: Session, cast: Cast, settled: Loan) -> None:
    contact = add_contact(session, settled)
    call = Call(
        contact_id=contact.id, loan_id=settled.id, borrower_id=settled.borrower_id, staff_id=cast.zhou_min.id, note="下周再联系",
        opened_at=YEARS_AGO, lapses_at=YEARS_AGO, ended_at=YEARS_AGO,
    )  # fmt: skip
    session.add(call)
    session.flush()
    assert erased(session) == 1
    session.refresh(call)
    assert call.note == ""


def test_what_an_agent_wrote_down_goes_with_it(session: Session, cast: Cast, settled: Loan) -> None:
    contact = add_contact(session, settled, number="")
    contact.text = ""
    call = SupportCall(
        public_id="a" * 32, staff_id=cast.chen_chen.id, direction="in", reason="other", sought_by="nothing", contact_id=contact.id,
        level="none", opened_at=YEARS_AGO, expires_at=YEARS_AGO, ended_at=YEARS_AGO, ended_by="agent",
    )  # fmt: skip
    session.add(call)
    session.flush()
    wrap_up = SupportWrapUp(
        call_id=call.id, outcome="helped", note="下周再联系", recording_reference="", made_at=YEARS_AGO
    )
    session.add(wrap_up)
    session.flush()
    assert erased(session) == 1
    session.refresh(wrap_up)
    assert wrap_up.note == ""
    assert erased(session) == 0


def test_whoever_still_owes_keeps_everything(session: Session, cast: Cast, settled: Loan) -> None:
    add_contact(session, settled)
    other = add_loan(session, cast.li_na, ref="L-1002", late_days=3)
    assert erased(session) == 0
    other.status = LoanStatus.CLOSED.value
    session.flush()
    assert erased(session) == 1


@pytest.mark.parametrize("kind", [HoldKind.DISPUTE, HoldKind.COMPLAINT])
def test_what_is_disputed_stays_until_it_is_decided(session: Session, settled: Loan, kind: HoldKind) -> None:
    add_contact(session, settled)
    start_hold(session, SYSTEM, loan_id=settled.id, kind=kind, reason="said so", now=NOW)
    assert erased(session) == 0
    end_hold(session, SYSTEM, loan_id=settled.id, kind=kind, reason="decided", now=NOW)
    assert erased(session) == 1


def test_many_go_in_batches(session: Session, settled: Loan) -> None:
    for _ in range(BATCH + 1):
        add_contact(session, settled)
    first = erase_due_contacts(session, SYSTEM, after=0, on=ON, zone=ZONE, now=NOW)
    assert (first.erased, first.last_id is None) == (BATCH, False)
    rest = erase_due_contacts(session, SYSTEM, after=first.last_id or 0, on=ON, zone=ZONE, now=NOW)
    assert (rest.erased, rest.last_id) == (1, None)
