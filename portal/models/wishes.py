"""What borrowers decide about themselves: when they are contacted, who speaks for them, what their data may be used for."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key
from portal.models.sealing import SealedRow, Words


class ContactWish(Base):
    """One wish about hours and channels (rule C02). At most one stands; earlier ones keep the day they ended."""

    __tablename__ = "contact_wish"
    __table_args__ = (
        CheckConstraint("first_hour >= 0 AND first_hour < last_hour AND last_hour <= 24", name="hours"),
        Index(
            "uq_contact_wish_standing",
            "borrower_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    first_hour: Mapped[int]
    last_hour: Mapped[int]
    channels: Mapped[list[Any]]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Representative(SealedRow, Base):
    """Somebody who speaks for a borrower: named by the borrower, verified by staff, removed by either."""

    __tablename__ = "representative"
    __table_args__ = (
        CheckConstraint("kind IN ('lawyer', 'helper')", name="kind"),
        CheckConstraint("status IN ('named', 'verified', 'refused', 'removed')", name="status"),
        Index(
            "uq_representative_present",
            "borrower_id",
            unique=True,
            sqlite_where=text("status IN ('named', 'verified')"),
            postgresql_where=text("status IN ('named', 'verified')"),
        ),
    )

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    name = Words()
    name_sealed: Mapped[str | None] = mapped_column(Text())
    contact = Words()
    contact_sealed: Mapped[str | None] = mapped_column(Text())
    status: Mapped[str] = mapped_column(String(8), default="named")
    named_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    removed_at: Mapped[datetime | None]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.case_id)


class DataRestriction(Base):
    """Somebody asked for deletion: what must be kept is locked away for everything else (rule C19). At most one runs."""

    __tablename__ = "data_restriction"
    __table_args__ = (
        Index(
            "uq_data_restriction_running",
            "borrower_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class VisitorComplaint(SealedRow, Base):
    """A complaint by somebody who was not signed in: nothing is known of them but what they wrote.

    Handled as cases are (``ServiceCase``); ``answer`` is what was said to them, outside of the portal.
    """

    __tablename__ = "visitor_complaint"
    __table_args__ = (
        Index(
            "ix_visitor_complaint_waiting",
            "answer_by",
            "id",
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    topic: Mapped[str] = mapped_column(String(40))
    body = Words()
    body_sealed: Mapped[str | None] = mapped_column(Text())
    reply_to = Words()
    reply_to_sealed: Mapped[str | None] = mapped_column(Text())
    page: Mapped[str] = mapped_column(String(200), default="")
    """The page that it was begun on."""
    status: Mapped[str] = mapped_column(String(8), default="open")
    opened_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    acknowledged_at: Mapped[datetime | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    owned_at: Mapped[datetime | None]
    about_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    outcome: Mapped[str] = mapped_column(String(16), default="")
    reason_code: Mapped[str] = mapped_column(String(32), default="")
    answer = Words()
    answer_sealed: Mapped[str | None] = mapped_column(Text())
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
