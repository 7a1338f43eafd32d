"""Reasons why contact is stopped, and the cases that a borrower opens."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.holds import HoldKind
from portal.models.base import Base, primary_key

_KINDS = ", ".join(f"'{k.value}'" for k in HoldKind)


class Hold(Base):
    """One reason why nobody may collect on a loan. At most one running hold of a kind for a loan."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        Index(
            "uq_hold_running",
            "loan_id",
            "kind",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(200))


class ServiceCase(Base):
    """What a borrower brought up outside a plan: a dispute, a complaint, a wish to talk."""

    __tablename__ = "service_case"
    __table_args__ = (
        CheckConstraint("kind IN ('dispute', 'complaint', 'talk', 'data', 'represented')", name="kind"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loan.id"), index=True)
    topic: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    call_back: Mapped[str] = mapped_column(String(40), default="")
    page: Mapped[str] = mapped_column(String(200), default="")
    """The page that it was begun on."""
    status: Mapped[str] = mapped_column(String(8), default="open")
    opened_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    closed_at: Mapped[datetime | None]
