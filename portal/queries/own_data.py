"""What the portal keeps about a borrower, as plain data to take along (rule D02): the person, loans, plans, consents, cases, messages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from portal.models import Agreement, Base, Borrower, Consent, Contact, Loan, Proposal, ServiceCase

_KEPT: Mapping[str, tuple[type[Base], Sequence[str]]] = {
    "loans": (
        Loan,
        (
            "loan_ref", "product", "creditor", "lender_type", "currency", "principal_minor", "disbursed_on", "status", "as_of",
            "collection_stage", "stage_since", "stage_basis",
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

_PERSON = ("borrower_ref", "name", "mobile", "id_last4", "birth_year", "email", "locale")


def own_data(session: Session, borrower_id: int) -> Mapping[str, Any]:
    """Strings, numbers, lists and objects alone: dates and instants are ISO 8601."""
    person = session.get_one(Borrower, borrower_id)
    kept: dict[str, Any] = {"person": _plain(person, _PERSON)}
    for name, (model, columns) in _KEPT.items():
        key = inspect(model).columns
        rows = session.scalars(select(model).where(key["borrower_id"] == borrower_id).order_by(key["id"]))
        kept[name] = [_plain(row, columns) for row in rows]
    return kept


def _plain(row: Base, columns: Sequence[str]) -> Mapping[str, Any]:
    return {name: _iso(getattr(row, name)) for name in columns}


def _iso(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
