"""What borrowers bring up outside a plan: their cases, what was decided about them, and what the lender was asked to correct."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key
from portal.models.sealing import SealedRow, Words

_IS_OPEN = text("status = 'open'")


class ServiceCase(SealedRow, Base):
    """What a borrower brought up outside a plan: a dispute, a complaint, a wish to talk.

    ``row_version`` rises with each act of staff: an act on another state than the one that was seen is refused.
    """

    __tablename__ = "service_case"
    __table_args__ = (
        CheckConstraint("kind IN ('dispute', 'complaint', 'talk', 'data', 'represented')", name="kind"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        CheckConstraint("waits_for IN ('us', 'borrower', 'lender')", name="waits_for"),
        CheckConstraint("channel IN ('portal', 'phone')", name="channel"),
        CheckConstraint("opened_by IS NULL OR channel = 'phone'", name="opened_by"),
        Index("ix_service_case_waiting", "answer_by", "id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index(
            "ix_service_case_owner",
            "owner_id",
            "answer_by",
            "id",
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    loan_id: Mapped[int | None] = mapped_column(ForeignKey("loan.id"), index=True)
    topic: Mapped[str] = mapped_column(String(40))
    body = Words()
    body_sealed: Mapped[str | None] = mapped_column(Text())
    call_back: Mapped[str] = mapped_column(String(40), default="")
    page: Mapped[str] = mapped_column(String(200), default="")
    """The page that it was begun on."""
    channel: Mapped[str] = mapped_column(String(8), default="portal", server_default="portal")
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    """Who took it down on the telephone; None where the borrower sent it, or what happened opened it."""
    status: Mapped[str] = mapped_column(String(8), default="open")
    opened_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    acknowledged_at: Mapped[datetime | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    owned_at: Mapped[datetime | None]
    about_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    """Whom it complains about, where that is known: never who decides it."""
    review_round: Mapped[int] = mapped_column(default=1)
    """2 once the borrower asked another person to look."""
    second_look_at: Mapped[datetime | None]
    waits_for: Mapped[str] = mapped_column(String(8), default="us")
    """Whose answer has to come before it can be decided. The promised time runs on."""


class CaseDecision(SealedRow, Base):
    """What staff decided about a case, once a round: whoever comes second meets the unique key."""

    __tablename__ = "case_decision"
    __table_args__ = (UniqueConstraint("case_id", "review_round"),)

    id: Mapped[int] = primary_key()
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.id"))
    review_round: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(16))
    reason_code: Mapped[str] = mapped_column(String(32))
    words = Words()
    words_sealed: Mapped[str | None] = mapped_column(Text())
    """To the borrower."""
    keeps_hold: Mapped[bool]
    """Contact stays paused although it is decided."""
    decided_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return f"{row.case_id}:{row.review_round}"


class CorrectionRequest(SealedRow, Base):
    """What the lender was asked to correct in its book about one loan. ``facts_version`` is the loan's when it was asked: a higher one now
    means that the book has changed that loan since. ``answered_by`` is None where the lender's answer came by a command.
    """

    __tablename__ = "correction_request"
    __table_args__ = (
        CheckConstraint("answer IN ('corrected', 'partly', 'refused')", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_when"),
        Index(
            "ix_correction_request_open",
            "asked_at",
            "id",
            sqlite_where=text("answer IS NULL"),
            postgresql_where=text("answer IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.id"), index=True)
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id"))
    what: Mapped[str] = mapped_column(String(24))
    is_wrong = Words()
    is_wrong_sealed: Mapped[str | None] = mapped_column(Text())
    should_be = Words()
    should_be_sealed: Mapped[str | None] = mapped_column(Text())
    facts_version: Mapped[int]
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(12))
    answer_words = Words()
    answer_words_sealed: Mapped[str | None] = mapped_column(Text())
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.reference)
