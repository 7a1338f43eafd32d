"""The record (append-only events) and the outbox of what is to be done after the commit."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, BigId, primary_key

_IS_CALL = text("channel = 'phone'")
_INTERRUPTS = text("name = 'limitation:interrupted'")
_IS_KEPT = text("number_hash <> ''")
_TELLS_OF_AGENCY = text("purpose = 'agency_notice'")


class Event(Base):
    """One line of the record. Never updated, never deleted: triggers refuse both."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_borrower", "borrower_id", "id"),
        Index("ix_event_proposal", "proposal_id", "id"),
        Index("ix_event_loan", "loan_id", "id"),
        Index("ix_event_request", "request_id"),
        Index("ix_event_limitation", "loan_id", "id", sqlite_where=_INTERRUPTS, postgresql_where=_INTERRUPTS),
    )

    id: Mapped[int] = primary_key()
    name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(BigId)
    request_id: Mapped[str | None] = mapped_column(String(36))
    borrower_id: Mapped[int | None] = mapped_column(BigId)
    loan_id: Mapped[int | None] = mapped_column(BigId)
    proposal_id: Mapped[int | None] = mapped_column(BigId)
    fields: Mapped[dict[str, Any]]
    salt: Mapped[bytes | None]
    """16 random bytes; with the event they make its leaf."""


class RecordLeaf(Base):
    """An event's place in the record's tree, from 0 without a gap, and its leaf. Never updated, never deleted."""

    __tablename__ = "record_leaf"
    __table_args__ = (
        CheckConstraint("place >= 0", name="place"),
        CheckConstraint("length(leaf) = 32", name="leaf"),
    )

    place: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    leaf: Mapped[bytes]


class OutboxItem(Base):
    """Something to be done outside, enqueued in the transaction that decided it. ``dedupe_key`` makes it once."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_open",
            "is_bulk",
            "due_at",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state IN ('open', 'done', 'dead', 'cancelled')", name="state"),
    )

    id: Mapped[int] = primary_key()
    kind: Mapped[str] = mapped_column(String(40))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(9), default="open")
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    done_at: Mapped[datetime | None]
    is_bulk: Mapped[bool] = mapped_column(default=False)
    """One of thousands that nobody waits for: everything else that is due goes first."""


class Contact(Base):
    """One attempt to reach somebody, any channel (rule C15). The number is kept as a keyed hash and its last four digits.

    A message's row is there before it goes out (``result`` is "sending"), so that what is repeated is the same contact.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index("uq_contact_message_key", "message_key", unique=True),
        Index("ix_contact_kept", "at", sqlite_where=_IS_KEPT, postgresql_where=_IS_KEPT),
        Index("ix_contact_number", "number_hash", "at", sqlite_where=_IS_CALL, postgresql_where=_IS_CALL),
        Index(
            "ix_contact_agency_notice",
            "loan_id",
            sqlite_where=_TELLS_OF_AGENCY,
            postgresql_where=_TELLS_OF_AGENCY,
        ),
    )

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrower.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loan.id"))
    purpose: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(12))
    direction: Mapped[str] = mapped_column(String(4), default="out")
    number_hash: Mapped[str] = mapped_column(String(64))
    number_last4: Mapped[str] = mapped_column(String(4))
    template_version: Mapped[str] = mapped_column(String(60))
    rule_decision: Mapped[str] = mapped_column(String(120))
    result: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(500), default="")
    """The words as they went out, codes hidden."""
    sent_from: Mapped[str] = mapped_column(String(40), default="")
    """The number that the receiver saw."""
    check_reference: Mapped[str | None] = mapped_column(String(9), index=True)
    """What the message carries for the page that tells whether it is ours; one that had to be sent again carries the same."""
    message_key: Mapped[str | None] = mapped_column(String(32))
    """What the provider knows the message by, the same however often it is sent; None for what no machine sent."""
    tries: Mapped[int] = mapped_column(default=1)
    """How often it was handed to the provider."""
    error: Mapped[str] = mapped_column(String(60), default="")
    """Why it did not go out or did not arrive, in the provider's code."""
    arrived_at: Mapped[datetime | None]
    """When it reached the person, as the provider's receipt says."""
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(BigId)
    at: Mapped[datetime]


class DemoMessage(Base):
    """What the console sink would have sent; shown on the demo-only messages page. ``mobile`` is the address of an e-mail."""

    __tablename__ = "demo_message"

    id: Mapped[int] = primary_key()
    channel: Mapped[str] = mapped_column(String(12), default="sms")
    mobile: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]


class MessageSpending(Base):
    """What went to providers on one day of the lender's zone, each try counted: how many messages, how many parts, what they cost."""

    __tablename__ = "message_spending"

    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(12), primary_key=True)
    messages: Mapped[int]
    parts: Mapped[int]
    cost_minor: Mapped[int] = mapped_column(BigInteger)
