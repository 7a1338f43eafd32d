"""Whom to call: the list that the internal team works through, its calls, what was promised in them, refusals, and rules set aside."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.call_outcomes import CallOutcome, TaskKind, TaskState
from portal.domain.contact_overrides import OverrideReason, OverrideState
from portal.models.base import Base, primary_key
from portal.models.sealing import SealedRow, Words

_LISTED = text("is_listed")
_LISTED_SQLITE = text("is_listed = 1")
"""As SQLite is asked: it takes an index for some rows only where its words are those of the question."""
_LEASED = text("leased_by IS NOT NULL")
_SUPPORT = text("state = 'open' AND support_call_id IS NOT NULL")


def _one_of(column: str, values: object) -> str:
    named = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return f"{column} IN ({named})"


class CallItem(Base):
    """One loan of the internal team's list, narrow: all that the list is narrowed and sorted by, and who is calling.

    ``promised_at``: from when on something that was promised is to be looked after; ``rests_until``: nobody calls before. A loan that is
    no longer the team's stays with ``is_listed`` false, so that its address and its history keep.
    """

    __tablename__ = "call_item"
    __table_args__ = (
        CheckConstraint("(promised_at IS NULL) = (promised_kind IS NULL)", name="promised"),
        CheckConstraint("(leased_by IS NULL) = (leased_until IS NULL)", name="lease"),
        Index("ix_call_item_borrower", "borrower_id"),
        Index(
            "ix_call_item_promised",
            "promised_at",
            "loan_id",
            sqlite_where=text("is_listed = 1 AND promised_at IS NOT NULL"),
            postgresql_where=text("is_listed AND promised_at IS NOT NULL"),
        ),
        Index(
            "ix_call_item_late",
            "late_since",
            "loan_id",
            sqlite_where=_LISTED_SQLITE,
            postgresql_where=_LISTED,
        ),
        Index(
            "ix_call_item_sum",
            "currency",
            "amount_minor",
            "loan_id",
            sqlite_where=_LISTED_SQLITE,
            postgresql_where=_LISTED,
        ),
        Index(
            "ix_call_item_last",
            "last_called_at",
            "loan_id",
            sqlite_where=_LISTED_SQLITE,
            postgresql_where=_LISTED,
        ),
        Index("ix_call_item_lease", "leased_by", sqlite_where=_LEASED, postgresql_where=_LEASED),
    )

    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"))
    is_listed: Mapped[bool] = mapped_column(default=True)
    late_since: Mapped[date]
    """So many days ago as the loan is delinquent: unlike these it changes with a payment or a plan, not with each day."""
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    """Overdue by the book; what penalty grew since is reckoned for the call."""
    currency: Mapped[str] = mapped_column(String(3))
    promised_at: Mapped[datetime | None]
    promised_kind: Mapped[str | None] = mapped_column(String(10))
    rests_until: Mapped[datetime]
    last_called_at: Mapped[datetime]
    leased_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    leased_until: Mapped[datetime | None]


class Call(SealedRow, Base):
    """One call, from the moment at which the number was shown. Its contact says to which number, and what the guard decided (rule C15).

    At most one open call a caller and a borrower. Open until ``ended_at``; without an outcome until ``noted_at``.
    """

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint(f"outcome IS NULL OR {_one_of('outcome', CallOutcome)}", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (noted_at IS NULL)", name="noted"),
        Index("ix_call_loan", "loan_id", "id"),
        Index("ix_call_opened", "opened_at"),
        Index(
            "uq_call_open_staff",
            "staff_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_call_open_borrower",
            "borrower_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_call_not_noted",
            "staff_id",
            sqlite_where=text("noted_at IS NULL"),
            postgresql_where=text("noted_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), unique=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    opened_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    identity_said_at: Mapped[datetime | None]
    recording_said_at: Mapped[datetime | None]
    purpose_said_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    note = Words()
    note_sealed: Mapped[str | None] = mapped_column(Text())
    ended_at: Mapped[datetime | None]
    noted_at: Mapped[datetime | None]

    @property
    def is_explained(self) -> bool:
        """The three statements of rule C14 were made: sums may be named."""
        return None not in (self.identity_said_at, self.recording_said_at, self.purpose_said_at)

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.contact_id)


class CallTask(Base):
    """What was promised in a call: a sum until a day, or to call back at a time. At most one of a kind is open for a loan.

    Made in a call of the internal team or in a support call: what was promised is promised, whoever noted it.
    """

    __tablename__ = "call_task"
    __table_args__ = (
        CheckConstraint(_one_of("kind", TaskKind), name="kind"),
        CheckConstraint(_one_of("state", TaskState), name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(kind = 'promise') = (amount_minor IS NOT NULL)", name="sum"),
        CheckConstraint("(call_id IS NULL) <> (support_call_id IS NULL)", name="made_in"),
        Index(
            "uq_call_task_open",
            "loan_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_call_task_loan", "loan_id", "id"),
        Index("ix_call_task_support", "due_at", sqlite_where=_SUPPORT, postgresql_where=_SUPPORT),
    )

    id: Mapped[int] = primary_key()
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    support_call_id: Mapped[int | None] = mapped_column(ForeignKey("support_call.id"))
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"))
    kind: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    """When to call back; of a promise the start of the day after its last."""
    due_on: Mapped[date]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(10), default="open")
    made_at: Mapped[datetime]
    made_on: Mapped[date]
    ended_at: Mapped[datetime | None]


class CallRefusal(Base):
    """A call that the guard refused: the number was not shown. The record tells the borrower; this is what supervisors count."""

    __tablename__ = "call_refusal"
    __table_args__ = (Index("ix_call_refusal_at", "at"),)

    id: Mapped[int] = primary_key()
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    rule: Mapped[str] = mapped_column(String(4))
    because: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]


class CallOverride(SealedRow, Base):
    """One rule set aside for one call: asked for by one, agreed to by another, used once, in half an hour."""

    __tablename__ = "call_override"
    __table_args__ = (
        CheckConstraint(_one_of("state", OverrideState), name="state"),
        CheckConstraint(_one_of("reason", OverrideReason), name="reason"),
        CheckConstraint("second_id IS NULL OR second_id <> asked_by", name="four_eyes"),
        CheckConstraint("state IN ('asked', 'lapsed') OR second_id IS NOT NULL", name="second"),
        Index(
            "uq_call_override_open",
            "loan_id",
            "asked_by",
            unique=True,
            sqlite_where=text("state IN ('asked', 'approved')"),
            postgresql_where=text("state IN ('asked', 'approved')"),
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"))
    rule: Mapped[str] = mapped_column(String(4))
    because: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(20))
    explanation = Words()
    explanation_sealed: Mapped[str | None] = mapped_column(Text())
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    second_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    answered_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    used_call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"), unique=True)
