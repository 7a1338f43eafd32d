"""Reasons why contact is stopped."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.holds import HoldKind
from portal.models.base import Base, primary_key
from portal.models.sealing import SealedRow, Words, moment

_KINDS = ", ".join(f"'{k.value}'" for k in HoldKind)


class Hold(SealedRow, Base):
    """One reason why nobody may collect on a loan. At most one running hold of a kind for a loan.

    ``started_by`` and ``ended_by`` are None where the borrower, the book or the clock did it. Where two have to end it, ``end_asked_by``
    asked first, and somebody else ends it.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        CheckConstraint(
            "ended_by IS NULL OR end_asked_by IS NULL OR ended_by <> end_asked_by", name="two_end_it"
        ),
        Index(
            "uq_hold_running",
            "loan_id",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_hold_ends_on",
            "ends_on",
            sqlite_where=text("ended_at IS NULL AND ends_on IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND ends_on IS NOT NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(200))
    """What started it, in a word or two of the house."""
    note = Words()
    note_sealed: Mapped[str | None] = mapped_column(Text())
    """What was seen or said, where staff set it by hand."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(200))
    ends_on: Mapped[date | None]
    """The last day on which it runs; None where its end is open."""
    review_on: Mapped[date | None]
    """The day from which staff look at it again; it runs on meanwhile."""
    evidence: Mapped[str] = mapped_column(String(24), default="")
    started_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    end_asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    end_asked_at: Mapped[datetime | None]
    end_asked_reason: Mapped[str | None] = mapped_column(String(200))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))

    @classmethod
    def row_name(cls, row: Any) -> str:
        return f"{row.loan_id}:{row.kind}:{moment(row.started_at)}"
