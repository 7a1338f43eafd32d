"""The loan book: loans, installments, payments, and runs of its import."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key


class Loan(Base):
    """One account, as the book states it at ``as_of``. ``facts_version`` rises whenever the facts really change."""

    __tablename__ = "loan"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'closed', 'charged_off')", name="status"),
        CheckConstraint("principal_minor >= 0", name="principal_minor"),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    loan_ref: Mapped[str] = mapped_column(String(64), unique=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    product: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    creditor: Mapped[str] = mapped_column(String(200))
    lender_type: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    disbursed_on: Mapped[date]
    principal_minor: Mapped[int] = mapped_column(BigInteger)
    annual_rate_pct: Mapped[Decimal]
    penalty_rate_pct: Mapped[Decimal]
    amortisation: Mapped[str] = mapped_column(String(24))
    interest_method: Mapped[str] = mapped_column(String(16))
    day_count: Mapped[str] = mapped_column(String(16))
    rounding: Mapped[str] = mapped_column(String(16), default="half_even")
    every: Mapped[str] = mapped_column(String(24), default="1 month")
    multiple: Mapped[int | None]
    allocation: Mapped[str | None] = mapped_column(String(200))
    has_guarantor: Mapped[bool]
    as_of: Mapped[date]
    closed_since: Mapped[date | None]
    """``as_of`` of the first book that showed it closed; None while it is not."""
    collection_stage: Mapped[str | None] = mapped_column(String(16))
    stage_basis: Mapped[str | None] = mapped_column(String(200))
    stage_since: Mapped[date | None]
    plan_ref: Mapped[str | None] = mapped_column(String(64))
    former_creditor: Mapped[str | None] = mapped_column(String(200))
    """Who had it before ``creditor``, where a book handed it on; by the books until ``former_until``, and no more from ``assigned_on``."""
    former_until: Mapped[date | None]
    assigned_on: Mapped[date | None]
    assignment_told_on: Mapped[date | None]
    """When its borrower was told; while that is empty nothing is claimed (rule C21)."""
    facts_version: Mapped[int] = mapped_column(default=1)
    content_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the imported rows of this loan: the same files again change nothing."""


class Installment(Base):
    """One scheduled payment: four components due and paid, minor units."""

    __tablename__ = "installment"
    __table_args__ = (
        CheckConstraint(
            "principal_paid_minor <= principal_due_minor AND interest_paid_minor <= interest_due_minor"
            " AND fee_paid_minor <= fee_due_minor AND penalty_paid_minor <= penalty_due_minor",
            name="paid_within_due",
        ),
    )

    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    due_on: Mapped[date]
    principal_due_minor: Mapped[int] = mapped_column(BigInteger)
    interest_due_minor: Mapped[int] = mapped_column(BigInteger)
    fee_due_minor: Mapped[int] = mapped_column(BigInteger)
    penalty_due_minor: Mapped[int] = mapped_column(BigInteger)
    principal_paid_minor: Mapped[int] = mapped_column(BigInteger)
    interest_paid_minor: Mapped[int] = mapped_column(BigInteger)
    fee_paid_minor: Mapped[int] = mapped_column(BigInteger)
    penalty_paid_minor: Mapped[int] = mapped_column(BigInteger)


class Payment(Base):
    """One payment of the book's history, by its reference: the same reference twice is one payment."""

    __tablename__ = "payment"

    payment_ref: Mapped[str] = mapped_column(String(64), primary_key=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id", ondelete="CASCADE"), index=True)
    paid_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(String(40))
    is_reversed: Mapped[bool]


class BookImport(Base):
    """One run of ``portal import``: what it read, what it did."""

    __tablename__ = "book_import"

    id: Mapped[int] = primary_key()
    folder_digest: Mapped[str] = mapped_column(String(64), index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]]


class DelinquencyPause(Base):
    """Days that do not count as delinquent; opened by an active plan, closed by a broken one."""

    __tablename__ = "delinquency_pause"
    __table_args__ = (Index("ix_delinquency_pause_loan", "loan_id"),)

    id: Mapped[int] = primary_key()
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    agreement_id: Mapped[int | None]
