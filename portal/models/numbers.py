"""Mobile numbers: those where nobody is contacted any more, and wishes to be reached at another one."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key
from portal.models.sealing import Sealed, SealedRow


class StoppedNumber(Base):
    """Whoever holds this number said that it is not the borrower's. Kept as a keyed hash and its end: the holder is nobody of ours.

    Lifted when somebody signs in fully with it, which shows that it does reach the borrower.
    """

    __tablename__ = "stopped_number"
    __table_args__ = (
        Index(
            "uq_stopped_number_running",
            "number_hash",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    number_hash: Mapped[str] = mapped_column(String(64))
    number_last4: Mapped[str] = mapped_column(String(4))
    stopped_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class NumberChange(SealedRow, Base):
    """A wish to be reached at another number, proven there by a code. Staff check it; nothing changes before ``not_before``.

    ``borrower_id`` is None where nobody fits what was given: the reference still leads staff to it.
    """

    __tablename__ = "number_change"
    __table_args__ = (CheckConstraint("asked_by <> 'staff'", name="not_asked_by_staff"),)

    id: Mapped[int] = primary_key()
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrower.id"), index=True)
    old_mobile = Sealed("")
    old_mobile_sealed: Mapped[str | None] = mapped_column(Text())
    new_mobile = Sealed("")
    new_mobile_sealed: Mapped[str | None] = mapped_column(Text())
    locale: Mapped[str] = mapped_column(String(10))
    asked_by: Mapped[str] = mapped_column(String(12))
    """The kind of who asked, as the record names it."""
    asked_at: Mapped[datetime]
    not_before: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    """When staff, having checked it, took the new number over."""
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    book_differs_since: Mapped[datetime | None]
    """When a book first carried the old number all the same: the new one was kept, and the lender has to be told."""

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.reference)


class EmailAddress(SealedRow, Base):
    """An address that a borrower gave; messages go to it once a code from there was typed in. At most one stands."""

    __tablename__ = "email_address"
    __table_args__ = (
        Index(
            "uq_email_address_standing",
            "borrower_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_email_address_hash", "address_hash"),
    )

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"))
    address = Sealed("")
    address_sealed: Mapped[str | None] = mapped_column(Text())
    address_hash: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return f"{row.borrower_id}:{row.address_hash}"
