"""One row of each class of data that is kept only for so long, of one borrower, as old as a test wants it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM
from portal.domain.retention import DataClass
from portal.models import (
    CallOverride,
    Contact,
    KnownDevice,
    Loan,
    Message,
    OneTimeCode,
    RateCount,
    SavedBudget,
    ServiceCase,
    StaffMember,
    SupportCall,
    Thread,
    TypedDraft,
    VisitorComplaint,
    WebSession,
)
from portal.services.record import record
from portal.services.sequencing import place_events

WORDS: Final = "只给你们看的话"


def add_kept(session: Session, data: DataClass, loan: Loan, *, at: datetime, number: int = 1) -> None:
    """A row whose term begins at that moment; ``number`` tells several apart."""
    _ADD[data](session, loan, at, number)
    session.flush()


def _draft(session: Session, loan: Loan, at: datetime, number: int) -> None:
    fields = {"body": WORDS}
    session.add(TypedDraft(borrower_id=loan.borrower_id, path=f"/help/{number}", fields=fields, saved_at=at))


def _code(session: Session, loan: Loan, at: datetime, number: int) -> None:
    session.add(
        OneTimeCode(
            purpose="sign_in", target="t" * 64, mobile="+8613800138001", session_key="s" * 64, asked_by="visitor",
            seed=f"{number:064}", made_at=at - timedelta(minutes=5), expires_at=at,
        )
    )  # fmt: skip


def _session(session: Session, loan: Loan, at: datetime, number: int) -> None:
    session.add(
        WebSession(
            token_hash=f"{number:064}", audience="borrower", person_id=loan.borrower_id, data={},
            created_at=at - timedelta(hours=1), seen_at=at - timedelta(minutes=10), expires_at=at,
        )
    )  # fmt: skip


def _device(session: Session, loan: Loan, at: datetime, number: int) -> None:
    session.add(KnownDevice(borrower_id=loan.borrower_id, token_hash=f"{number:064}", verified_at=at))


def _tries(session: Session, loan: Loan, at: datetime, number: int) -> None:
    session.add(RateCount(bucket=f"sign_in:{number}", window_started_at=at, count=3))


def _figures(session: Session, loan: Loan, at: datetime, number: int) -> None:
    figures = {"income": 500_000}
    session.add(SavedBudget(borrower_id=loan.borrower_id, currency="CNY", figures=figures, saved_at=at))


def _contact(session: Session, loan: Loan, at: datetime, number: int) -> Contact:
    contact = Contact(
        borrower_id=loan.borrower_id, loan_id=loan.id, purpose="demand", channel="sms", number_hash="a" * 64, number_last4="0001",
        template_version="demand@1", rule_decision="let through", result="delivered", text=WORDS, sent_from="106900001",
        actor_kind="system", at=at,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    return contact


def _support_call(session: Session, loan: Loan, at: datetime, number: int) -> None:
    """The number that was sought, and the words for which a rule was set aside."""
    first, second = session.scalars(select(StaffMember.id).order_by(StaffMember.id).limit(2)).all()
    contact = _contact(session, loan, at, number)
    contact.number_hash = contact.text = ""
    session.add(
        SupportCall(
            public_id=f"{number:032}", staff_id=first, direction="in", reason="other", sought_by="nothing", contact_id=contact.id,
            sought_borrower_id=loan.borrower_id, pairing_seed="p" * 64, pairing_hash=f"{number:064}", level="none", opened_at=at,
            expires_at=at, ended_at=at, ended_by="agent",
        )
    )  # fmt: skip
    session.add(
        CallOverride(
            public_id=f"{number:032}", loan_id=loan.id, borrower_id=loan.borrower_id, rule="C06", because="week",
            reason="asked_on_telephone",
            explanation=WORDS, state="refused", asked_by=first, asked_at=at, second_id=second, answered_at=at, expires_at=at,
        )
    )  # fmt: skip


def _conversation(session: Session, loan: Loan, at: datetime, number: int) -> None:
    case = ServiceCase(
        public_id=f"{number:032}", reference=f"CASE-{number}", kind="talk", borrower_id=loan.borrower_id, loan_id=loan.id, topic="other",
        body=WORDS, status="closed", opened_at=at, answer_by=at, closed_at=at,
    )  # fmt: skip
    session.add(case)
    session.flush()
    thread = Thread(
        public_id=f"{number:032}", borrower_id=loan.borrower_id, loan_id=loan.id, case_id=case.id, made_at=at
    )
    session.add(thread)
    session.flush()
    session.add(
        Message(
            public_id=f"{number:032}", thread_id=thread.id, number=1, author="borrower", kind="message", body=WORDS, written_at=at,
            sent_at=at,
        )
    )  # fmt: skip


def _visitor(session: Session, loan: Loan, at: datetime, number: int) -> None:
    session.add(
        VisitorComplaint(
            public_id=f"{number:032}", reference=f"V-{number}", topic="other", body=WORDS, reply_to="a@example.cn", status="closed",
            opened_at=at, answer_by=at, closed_at=at, outcome="upheld", reason_code="other", answer=WORDS,
        )
    )  # fmt: skip


def _look(session: Session, loan: Loan, at: datetime, number: int) -> None:
    record(session, SYSTEM, "case:searched", now=at, borrower_id=loan.borrower_id, loan_id=loan.id, by="name")
    place_events(session)


_ADD: Final[Mapping[DataClass, Callable[[Session, Loan, datetime, int], object]]] = {
    DataClass.TYPED_DRAFTS: _draft,
    DataClass.CODES: _code,
    DataClass.SESSIONS: _session,
    DataClass.DEVICES: _device,
    DataClass.TRIES: _tries,
    DataClass.FIGURES: _figures,
    DataClass.CONTACTS: _contact,
    DataClass.SUPPORT_CALLS: _support_call,
    DataClass.CONVERSATIONS: _conversation,
    DataClass.VISITORS: _visitor,
    DataClass.LOOKS: _look,
}
