"""The record (append-only events) and the outbox of what is to be done after the commit."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, BigId, primary_key


class Event(Base):
    """One line of the record. Never updated, never deleted: triggers refuse both."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_borrower", "borrower_id", "id"),
        Index("ix_event_proposal", "proposal_id", "id"),
        Index("ix_event_loan", "loan_id", "id"),
        Index("ix_event_request", "request_id"),
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
        Index("ix_outbox_open", "due_at", "id"),
        CheckConstraint("state IN ('open', 'done', 'dead')", name="state"),
    )

    id: Mapped[int] = primary_key()
    kind: Mapped[str] = mapped_column(String(40))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(6), default="open")
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    done_at: Mapped[datetime | None]


class Contact(Base):
    """One attempt to reach somebody, any channel (rule C15). The number is kept as a keyed hash and its last four digits."""

    __tablename__ = "contact"

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
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(BigId)
    at: Mapped[datetime]


class DemoMessage(Base):
    """What the console sink would have sent by SMS; shown on the demo-only messages page."""

    __tablename__ = "demo_message"

    id: Mapped[int] = primary_key()
    mobile: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
