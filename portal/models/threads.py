"""Threads, their messages and what is attached to them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key
from portal.models.sealing import SealedBytes, SealedRow, Words


class Thread(Base):
    """One conversation: of a proposal or of a case. Its row is locked while a message is numbered."""

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint("(proposal_id IS NULL) <> (case_id IS NULL)", name="one_subject"),
        Index(
            "ix_thread_waiting",
            "waits_since",
            "id",
            sqlite_where=text("waits_since IS NOT NULL"),
            postgresql_where=text("waits_since IS NOT NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loan.id"))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"), unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("service_case.id"), unique=True)
    made_at: Mapped[datetime]
    last_number: Mapped[int] = mapped_column(default=0)
    """Number of the newest message; they are counted from 1 without gaps."""
    last_from_borrower: Mapped[int] = mapped_column(default=0)
    last_from_staff: Mapped[int] = mapped_column(default=0)
    read_by_borrower: Mapped[int] = mapped_column(default=0)
    """Number up to which it was shown to the borrower."""
    told_borrower: Mapped[int] = mapped_column(default=0)
    """Number of the message that the last text message announced."""
    read_by_staff: Mapped[int] = mapped_column(default=0)
    waits_since: Mapped[datetime | None]
    """When the borrower wrote what no member of staff has answered yet."""


class Message(SealedRow, Base):
    """One message; unchangeable once sent. Without a number it is a draft: kept while files are added to it, seen by its author alone."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        CheckConstraint("author IN ('borrower', 'staff')", name="author"),
        CheckConstraint("kind IN ('message', 'question', 'request_for_time')", name="kind"),
        CheckConstraint("(author = 'staff') = (staff_id IS NOT NULL)", name="staff_sign"),
        CheckConstraint("(number IS NULL) = (sent_at IS NULL)", name="sent_is_numbered"),
        CheckConstraint(
            "kind <> 'request_for_time' OR author = 'borrower'", name="time_is_asked_by_borrower"
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """Came with the empty form: the same form twice is one message."""
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    number: Mapped[int | None]
    author: Mapped[str] = mapped_column(String(8))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    staff_role: Mapped[str | None] = mapped_column(String(16))
    """The role in which it was written, as the borrower reads it."""
    kind: Mapped[str] = mapped_column(String(16))
    body = Words()
    body_sealed: Mapped[str | None] = mapped_column(Text())
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Attachment(SealedRow, Base):
    """A file of a message, written anew by us; erased when its time is over, with its name and its key (rule P17)."""

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("message_id", "sha256"),
        CheckConstraint("media_type IN ('image/jpeg', 'image/png', 'application/pdf')", name="media_type"),
        CheckConstraint("(body_sealed IS NULL) = (erased_at IS NOT NULL)", name="erased_has_no_body"),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(20))
    name = Words()
    name_sealed: Mapped[str | None] = mapped_column(Text())
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the readable bytes, as they are handed out."""
    body = SealedBytes()
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[datetime]
    kept_until: Mapped[date | None]
    erased_at: Mapped[datetime | None]
