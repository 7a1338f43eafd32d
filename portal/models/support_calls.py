"""Support calls: an agent and a borrower on the telephone, what the borrower allowed, and the drafts that came of it.

``Call`` (``models.calls``) is another thing: a call by which the internal team asks for what is overdue.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.support_calls import Direction, EndedBy, Level, Reason, SoughtBy
from portal.models.base import Base, primary_key

_OPEN = text("ended_at IS NULL")
_HAS_NUMBER = text("ended_at IS NULL AND pairing_hash IS NOT NULL")


def _one_of(column: str, values: object) -> str:
    named = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return f"{column} IN ({named})"


class SupportCall(Base):
    """One support call. Open until ``ended_at``; over from ``expires_at`` on, whether anything has said so yet or not.

    ``sought_borrower_id`` is whom the number that was read out leads to, for the comparison alone: no page tells it. ``borrower_id`` is
    who entered the pairing number on their own page; only they allow anything. At most one open call an agent, and one a borrower.
    """

    __tablename__ = "support_call"
    __table_args__ = (
        CheckConstraint(_one_of("direction", Direction), name="direction"),
        CheckConstraint(_one_of("reason", Reason), name="reason"),
        CheckConstraint(_one_of("sought_by", SoughtBy), name="sought_by"),
        CheckConstraint(_one_of("level", Level), name="level"),
        CheckConstraint(f"ended_by IS NULL OR {_one_of('ended_by', EndedBy)}", name="ended_by"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        CheckConstraint("level = 'none' OR allowed_at IS NOT NULL", name="allowed"),
        CheckConstraint("allowed_at IS NULL OR entered_at IS NOT NULL", name="entered"),
        CheckConstraint("(entered_at IS NULL) = (borrower_id IS NULL)", name="borrower"),
        CheckConstraint(
            "borrower_id IS NULL OR sought_borrower_id IS NULL OR borrower_id = sought_borrower_id",
            name="same_borrower",
        ),
        Index(
            "uq_support_call_open_staff", "staff_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        Index(
            "uq_support_call_open_borrower",
            "borrower_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "uq_support_call_pairing",
            "pairing_hash",
            unique=True,
            sqlite_where=_HAS_NUMBER,
            postgresql_where=_HAS_NUMBER,
        ),
        Index("ix_support_call_borrower", "borrower_id", "id"),
        Index("ix_support_call_staff", "staff_id", "opened_at"),
        Index("ix_support_call_open", "expires_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    direction: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(20))
    sought_by: Mapped[str] = mapped_column(String(10))
    sought_borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrower.id"))
    borrower_id: Mapped[int | None] = mapped_column(ForeignKey("borrower.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), unique=True)
    """The call among all attempts to reach somebody (rule C15)."""
    level: Mapped[str] = mapped_column(String(10), default=Level.NONE.value)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    extended_at: Mapped[datetime | None]
    identity_said_at: Mapped[datetime | None]
    recording_said_at: Mapped[datetime | None]
    purpose_said_at: Mapped[datetime | None]
    pairing_seed: Mapped[str | None] = mapped_column(String(64))
    """What the secret key makes the pairing number of; the number itself is kept nowhere."""
    pairing_hash: Mapped[str | None] = mapped_column(String(64))
    pairing_until: Mapped[datetime | None]
    pairing_tries: Mapped[int] = mapped_column(default=0)
    entered_at: Mapped[datetime | None]
    """When the borrower entered the pairing number: it was used, and never works again."""
    allowed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(16))

    @property
    def is_explained(self) -> bool:
        """The three statements of rule C14 were made: sums may show."""
        return None not in (self.identity_said_at, self.recording_said_at, self.purpose_said_at)

    def is_on(self, now: datetime) -> bool:
        return self.ended_at is None and self.expires_at > now


class SupportDraft(Base):
    """A draft that was prepared in a support call: by whom, in which, over which numbers of the borrower's own, and when it may be signed.

    ``own_answers`` are the borrower's answers as they stood before; empty where there were none.
    """

    __tablename__ = "support_draft"
    __table_args__ = (
        CheckConstraint("(handed_over_at IS NULL) = (signable_at IS NULL)", name="handed_over"),
        Index("ix_support_draft_call", "call_id"),
    )

    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("support_call.id"))
    own_answers: Mapped[dict[str, Any]]
    begun_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    signable_at: Mapped[datetime | None]
