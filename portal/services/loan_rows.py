"""Loans, installments and payments as rows of their tables."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from portal.domain.book_loans import BookLoan
from portal.domain.loans import LoanStatus
from portal.models import Loan
from portal.queries.imports import StandingLoan, ids_of
from portal.services.bulk_rows import Row, add_records
from portal.services.references import new_public_id

_LOANS: Final = cast("Table", Loan.__table__)

INSTALLMENT_COLUMNS: Final = (
    "loan_id",
    "number",
    "due_on",
    "principal_due_minor",
    "interest_due_minor",
    "fee_due_minor",
    "penalty_due_minor",
    "principal_paid_minor",
    "interest_paid_minor",
    "fee_paid_minor",
    "penalty_paid_minor",
)
PAYMENT_COLUMNS: Final = ("payment_ref", "loan_id", "paid_on", "amount_minor", "channel", "is_reversed")


def add_loans(session: Session, loans: Sequence[BookLoan], borrower_ids: Mapping[str, int]) -> dict[str, int]:
    """Insert them; the new ids by reference."""
    rows = [
        {
            **_stated(loan),
            "public_id": new_public_id(),
            "loan_ref": loan.loan_ref,
            "borrower_id": borrower_ids[loan.borrower_ref],
            "stage_since": loan.terms.as_of if loan.collection_stage else None,
            "closed_since": _closed_since(loan, None),
            "facts_version": 1,
        }
        for loan in loans
    ]
    if not rows:
        return {}
    add_records(session, _LOANS, rows)
    return dict(ids_of(session, [loan.loan_ref for loan in loans]))


def change_loans(
    session: Session,
    loans: Sequence[BookLoan],
    standing: Mapping[str, StandingLoan],
    moved: frozenset[int],
) -> dict[str, int]:
    """Update them, ``facts_version`` raised where the facts moved; their ids by reference."""
    rows = []
    for loan in loans:
        before = standing[loan.loan_ref]
        stays = loan.collection_stage == before.collection_stage
        since = before.stage_since if stays else loan.terms.as_of
        rows.append(
            {
                **_stated(loan),
                "key": before.id,
                "stage_since": since if loan.collection_stage else None,
                "closed_since": _closed_since(loan, before.closed_since),
                "facts_version": before.facts_version + (before.id in moved),
            }
        )
    if rows:
        session.connection().execute(update(_LOANS).where(_LOANS.c.id == bindparam("key")), rows)
    return {loan.loan_ref: standing[loan.loan_ref].id for loan in loans}


def _closed_since(loan: BookLoan, before: date | None) -> date | None:
    """The day of the first book that shows it closed; one that opens it again forgets that day."""
    is_closed = loan.terms.status is LoanStatus.CLOSED
    return (before or loan.terms.as_of) if is_closed else None


def _stated(loan: BookLoan) -> dict[str, Any]:
    terms = loan.terms
    return {
        "product": terms.product,
        "currency": terms.currency,
        "creditor": terms.creditor,
        "lender_type": terms.lender_type.value,
        "status": terms.status.value,
        "disbursed_on": terms.disbursed_on,
        "principal_minor": terms.principal,
        "annual_rate_pct": terms.annual_rate_pct,
        "penalty_rate_pct": terms.penalty_rate_pct,
        "amortisation": terms.amortisation,
        "interest_method": terms.interest_method,
        "day_count": terms.day_count,
        "rounding": terms.rounding,
        "every": terms.every,
        "multiple": terms.multiple,
        "allocation": loan.allocation,
        "has_guarantor": terms.has_guarantor,
        "as_of": terms.as_of,
        "collection_stage": loan.collection_stage,
        "stage_basis": loan.stage_basis,
        "plan_ref": loan.plan_ref,
        "content_digest": loan.digest,
    }


def installment_rows(loans: Sequence[BookLoan], ids: Mapping[str, int]) -> Iterator[Row]:
    """In the order of ``INSTALLMENT_COLUMNS``, dates as ISO text."""
    for loan in loans:
        loan_id = ids[loan.loan_ref]
        for row in loan.schedule:
            yield (loan_id, *row)


def payment_rows(loans: Sequence[BookLoan], ids: Mapping[str, int]) -> Iterator[Row]:
    """In the order of ``PAYMENT_COLUMNS``, dates as ISO text."""
    for loan in loans:
        loan_id = ids[loan.loan_ref]
        for p in loan.payments:
            yield (p.payment_ref, loan_id, p.paid_on, p.amount, p.channel, p.is_reversed)
