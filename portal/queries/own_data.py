"""What the portal keeps about a borrower, as plain data to take along (rule D02)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from portal.models import (
    Agreement,
    Attachment,
    Base,
    Borrower,
    CaseDecision,
    Consent,
    Contact,
    ContactWish,
    EmailAddress,
    Loan,
    Message,
    Payment,
    Proposal,
    Representative,
    SavedBudget,
    ServiceCase,
    Thread,
)

_KEPT: Mapping[str, tuple[type[Base], Sequence[str]]] = {
    "loans": (
        Loan,
        (
            "loan_ref", "product", "creditor", "lender_type", "currency", "principal_minor", "disbursed_on", "status", "as_of",
            "collection_stage", "stage_since", "stage_basis", "former_creditor", "assigned_on", "assignment_told_on",
        ),
    ),
    "proposals": (
        Proposal,
        ("reference", "status", "version_number", "answers", "made_at", "submitted_at", "promised_by", "ended_at"),
    ),
    "agreements": (
        Agreement,
        ("check_code", "version_number", "content_hash", "approved_at", "seal_state", "sealed_at"),
    ),
    "consents": (Consent, ("kind", "text_version", "given_at", "withdrawn_at")),
    "email_addresses": (EmailAddress, ("address", "given_at", "confirmed_at", "ended_at")),
    "contact_wishes": (ContactWish, ("first_hour", "last_hour", "channels", "made_at", "ended_at")),
    "representatives": (Representative, ("kind", "name", "contact", "status", "named_at", "removed_at")),
    "cases": (
        ServiceCase,
        ("reference", "kind", "topic", "body", "call_back", "status", "opened_at", "answer_by", "closed_at"),
    ),
    "contacts": (
        Contact,
        (
            "at", "direction", "channel", "purpose", "result", "number_last4", "text", "sent_from", "check_reference",
            "rule_decision",
        ),
    ),
}  # fmt: skip
"""Table by table what is handed out; keys, ids and hashes that say nothing to a person stay inside."""

_PERSON = ("borrower_ref", "name", "mobile", "id_last4", "birth_year", "sex", "email", "locale")


def own_data(session: Session, borrower_id: int) -> Mapping[str, Any]:
    """Strings, numbers, lists and objects alone: dates and instants are ISO 8601."""
    person = session.get_one(Borrower, borrower_id)
    kept: dict[str, Any] = {"person": _plain(person, _PERSON)}
    for name, (model, columns) in _KEPT.items():
        key = inspect(model).columns
        rows = session.scalars(select(model).where(key["borrower_id"] == borrower_id).order_by(key["id"]))
        kept[name] = [_plain(row, columns) for row in rows]
    kept["case_answers"] = _case_answers(session, borrower_id)
    kept["payments"] = _payments(session, borrower_id)
    kept["messages"] = _messages(session, borrower_id)
    kept["attachments"] = _attachments(session, borrower_id)
    budget = session.get(SavedBudget, borrower_id)
    kept["monthly_figures"] = budget and _plain(budget, ("currency", "figures", "saved_at"))
    return kept


def _case_answers(session: Session, borrower_id: int) -> Sequence[Mapping[str, Any]]:
    """What was answered to what the borrower brought up; nothing of who answered."""
    rows = session.execute(
        select(CaseDecision, ServiceCase.reference)
        .join(ServiceCase, ServiceCase.id == CaseDecision.case_id)
        .where(ServiceCase.borrower_id == borrower_id)
        .order_by(CaseDecision.id)
    )
    columns = ("review_round", "outcome", "reason_code", "words", "decided_at")
    return [{"reference": reference, **_plain(decision, columns)} for decision, reference in rows]


def _payments(session: Session, borrower_id: int) -> Sequence[Mapping[str, Any]]:
    rows = session.execute(
        select(Payment, Loan.loan_ref)
        .join(Loan, Loan.id == Payment.loan_id)
        .where(Loan.borrower_id == borrower_id)
        .order_by(Payment.paid_on, Payment.payment_ref)
    )
    columns = ("payment_ref", "paid_on", "amount_minor", "channel", "is_reversed")
    return [{"loan_ref": ref, **_plain(payment, columns)} for payment, ref in rows]


def _messages(session: Session, borrower_id: int) -> Sequence[Mapping[str, Any]]:
    """What was sent to either side; of staff the role alone."""
    rows = session.scalars(
        select(Message)
        .join(Thread, Thread.id == Message.thread_id)
        .where(Thread.borrower_id == borrower_id, Message.number.is_not(None))
        .order_by(Message.id)
    )
    return [
        _plain(row, ("thread_id", "number", "author", "staff_role", "kind", "body", "sent_at"))
        for row in rows
    ]


def _attachments(session: Session, borrower_id: int) -> Sequence[Mapping[str, Any]]:
    """Without their contents, which the threads hand out."""
    rows = session.scalars(
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .join(Thread, Thread.id == Message.thread_id)
        .where(Thread.borrower_id == borrower_id)
        .order_by(Attachment.id)
    )
    return [
        _plain(row, ("name", "media_type", "size", "added_at", "kept_until", "erased_at")) for row in rows
    ]


def _plain(row: Base, columns: Sequence[str]) -> Mapping[str, Any]:
    return {name: _iso(getattr(row, name)) for name in columns}


def _iso(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
