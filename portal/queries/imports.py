"""What an import has to know of the book as it stands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from portal.domain.assignments import Assignment
from portal.domain.proposals import OPEN_STATUSES
from portal.models import BookImport, Borrower, Creditor, Installment, Loan, Payment, Proposal
from portal.queries.id_sets import is_among, many_texts

_BORROWER_COLUMNS: Final = (
    Borrower.id,
    Borrower.public_id,
    Borrower.borrower_ref,
    Borrower.data_key,
    *(getattr(Borrower, f"{name}_sealed") for name in Borrower.SEALED),
    Borrower.birth_year,
    Borrower.sex,
    Borrower.locale,
    Borrower.id_hash,
)
_OPEN = [status.value for status in OPEN_STATUSES]


@dataclass(frozen=True, slots=True)
class StandingLoan:
    """A loan as an earlier import left it."""

    id: int
    borrower_id: int
    borrower_ref: str
    currency: str
    as_of: date
    content_digest: str
    facts_version: int
    collection_stage: str | None
    stage_since: date | None
    creditor: str
    disbursed_on: date
    closed_since: date | None
    former_creditor: str | None
    former_until: date | None
    assigned_on: date | None
    assignment_told_on: date | None

    @property
    def assignment(self) -> Assignment | None:
        """From whom it came to its creditor, where a book handed it on."""
        if self.former_creditor is None or self.former_until is None or self.assigned_on is None:
            return None
        return Assignment(
            former_creditor=self.former_creditor,
            former_until=self.former_until,
            on=self.assigned_on,
            told_on=self.assignment_told_on,
        )


def digests_of(session: Session, loan_refs: Collection[str]) -> Mapping[str, str]:
    """The content digest of each loan that is there."""
    rows = session.execute(
        select(Loan.loan_ref, Loan.content_digest).where(is_among(Loan.loan_ref, many_texts(loan_refs)))
    )
    return dict(rows.all())


def ids_of(session: Session, loan_refs: Collection[str]) -> Mapping[str, int]:
    rows = session.execute(
        select(Loan.loan_ref, Loan.id).where(is_among(Loan.loan_ref, many_texts(loan_refs)))
    )
    return dict(rows.all())


def standing_loans(session: Session, loan_refs: Collection[str]) -> Mapping[str, StandingLoan]:
    """By reference; their rows are locked until the transaction ends (PostgreSQL; SQLite has one writer)."""
    rows = session.execute(
        select(
            Loan.loan_ref,
            Loan.id,
            Loan.borrower_id,
            Borrower.borrower_ref,
            Loan.currency,
            Loan.as_of,
            Loan.content_digest,
            Loan.facts_version,
            Loan.collection_stage,
            Loan.stage_since,
            Loan.creditor,
            Loan.disbursed_on,
            Loan.closed_since,
            Loan.former_creditor,
            Loan.former_until,
            Loan.assigned_on,
            Loan.assignment_told_on,
        )
        .join(Borrower, Borrower.id == Loan.borrower_id)
        .where(is_among(Loan.loan_ref, many_texts(loan_refs)))
        .order_by(Loan.id)
        .with_for_update(of=Loan)
    )
    return {loan_ref: StandingLoan(*values) for loan_ref, *values in rows}


def standing_borrowers(session: Session, borrower_refs: Collection[str]) -> Mapping[str, Borrower]:
    found = session.scalars(
        select(Borrower).where(is_among(Borrower.borrower_ref, many_texts(borrower_refs)))
    )
    return {borrower.borrower_ref: borrower for borrower in found}


def borrower_rows(session: Session, borrower_refs: Collection[str]) -> Mapping[str, Row[Any]]:
    """As ``standing_borrowers``, to look at only: what a book can change, sealed where it stands so."""
    found = session.execute(
        select(*_BORROWER_COLUMNS).where(is_among(Borrower.borrower_ref, many_texts(borrower_refs)))
    )
    return {row.borrower_ref: row for row in found}


def borrower_ids(session: Session, borrower_refs: Collection[str]) -> Mapping[str, int]:
    rows = session.execute(
        select(Borrower.borrower_ref, Borrower.id).where(
            is_among(Borrower.borrower_ref, many_texts(borrower_refs))
        )
    )
    return dict(rows.all())


def payers_of(session: Session, payment_refs: Collection[str]) -> Mapping[str, str]:
    """The reference of the loan that each payment belongs to."""
    rows = session.execute(
        select(Payment.payment_ref, Loan.loan_ref)
        .join(Loan, Loan.id == Payment.loan_id)
        .where(is_among(Payment.payment_ref, many_texts(payment_refs)))
    )
    return dict(rows.all())


def creditor_names(session: Session, names: Collection[str]) -> Collection[str]:
    return set(session.scalars(select(Creditor.name).where(Creditor.name.in_(names))))


def loans_with_open_proposal(session: Session, loan_ids: Collection[int]) -> Collection[int]:
    return set(
        session.scalars(
            select(Proposal.loan_id).where(Proposal.loan_id.in_(loan_ids), Proposal.status.in_(_OPEN))
        )
    )


def find_unfinished_import(session: Session, folder_digest: str) -> BookImport | None:
    """The newest run over the same files that never came to its end."""
    return session.scalar(
        select(BookImport)
        .where(BookImport.folder_digest == folder_digest, BookImport.finished_at.is_(None))
        .order_by(BookImport.id.desc())
        .limit(1)
    )


def count_payments_apart(session: Session) -> int:
    """Loans of the whole book whose payments do not add up to their paid columns, which are the truth."""
    paid = (
        select(
            Installment.loan_id,
            func.sum(
                Installment.principal_paid_minor
                + Installment.interest_paid_minor
                + Installment.fee_paid_minor
                + Installment.penalty_paid_minor
            ).label("minor"),
        )
        .group_by(Installment.loan_id)
        .subquery()
    )
    received = (
        select(Payment.loan_id, func.sum(Payment.amount_minor).label("minor"))
        .where(Payment.is_reversed.is_(False))
        .group_by(Payment.loan_id)
        .subquery()
    )
    differing = (
        select(func.count())
        .select_from(Loan)
        .outerjoin(paid, paid.c.loan_id == Loan.id)
        .outerjoin(received, received.c.loan_id == Loan.id)
        .where(func.coalesce(paid.c.minor, 0) != func.coalesce(received.c.minor, 0))
    )
    return session.scalar(differing) or 0
