"""What must be kept, whatever its term says."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key
from portal.models.sealing import SealedRow, Words, moment

_RUNS = text("ended_at IS NULL")
_RUNS_ON_PERSON = text("ended_at IS NULL AND loan_id IS NULL")
_RUNS_ON_LOAN = text("ended_at IS NULL AND loan_id IS NOT NULL")


class LegalHold(SealedRow, Base):
    """Nothing about a borrower is deleted while one runs (rule C19). One starts it; it ends where one asked and another agreed.

    ``loan_id`` names the loan that the matter is about, None where it is about all. At most one runs for each.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint(
            "ended_by IS NULL OR (end_asked_by IS NOT NULL AND ended_by <> end_asked_by)", name="two_end_it"
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        CheckConstraint("(end_asked_by IS NULL) = (end_reason IS NULL)", name="end_asked"),
        Index(
            "uq_legal_hold_person",
            "borrower_id",
            unique=True,
            sqlite_where=_RUNS_ON_PERSON,
            postgresql_where=_RUNS_ON_PERSON,
        ),
        Index(
            "uq_legal_hold_loan",
            "loan_id",
            unique=True,
            sqlite_where=_RUNS_ON_LOAN,
            postgresql_where=_RUNS_ON_LOAN,
        ),
        Index("ix_legal_hold_running", "borrower_id", sqlite_where=_RUNS, postgresql_where=_RUNS),
    )

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loan.id"))
    reason: Mapped[str] = mapped_column(String(16))
    note = Words()
    note_sealed: Mapped[str | None] = mapped_column(Text())
    """What it is about, for colleagues: a file number, an office."""
    started_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    started_at: Mapped[datetime]
    end_asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    end_asked_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(20))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    ended_at: Mapped[datetime | None]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return f"{row.borrower_id}:{row.loan_id or 0}:{moment(row.started_at)}"
