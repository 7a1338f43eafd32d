"""What comes after a support call: its wrap-up, escalations, reveals, and the share that a supervisor reads again."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.support_supervision import Verdict
from portal.models.base import Base, primary_key
from portal.models.sealing import SealedRow, Words

_VERDICTS = ", ".join(f"'{verdict}'" for verdict in Verdict)
_NOT_ANSWERED = text("answered_at IS NULL")
_NOT_READ = text("read_at IS NULL")


class SupportWrapUp(SealedRow, Base):
    """What came of a support call, once a call.

    ``oral_proposal_id``: the draft that is to be signed of what was agreed aloud (信用卡办法 art. 70).
    """

    __tablename__ = "support_wrap_up"
    __table_args__ = (
        CheckConstraint("oral_proposal_id IS NULL OR recording_reference <> ''", name="oral_is_recorded"),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("support_call.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20))
    note = Words()
    note_sealed: Mapped[str | None] = mapped_column(Text())
    recording_reference: Mapped[str] = mapped_column(String(60), default="")
    oral_proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id", ondelete="SET NULL"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("service_case.id"))
    made_at: Mapped[datetime]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.call_id)


class SupportEscalation(SealedRow, Base):
    """A matter that an agent handed to the supervisors, with its deadline. Answered by somebody else than who handed it on."""

    __tablename__ = "support_escalation"
    __table_args__ = (
        CheckConstraint("(answered_by IS NULL) = (answered_at IS NULL)", name="answered"),
        CheckConstraint("answered_by IS NULL OR answered_by <> made_by", name="by_another"),
        Index(
            "ix_support_escalation_open",
            "deadline_at",
            "id",
            sqlite_where=_NOT_ANSWERED,
            postgresql_where=_NOT_ANSWERED,
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("support_call.id"), unique=True)
    reason: Mapped[str] = mapped_column(String(20))
    explanation = Words()
    explanation_sealed: Mapped[str | None] = mapped_column(Text())
    deadline_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    answered_at: Mapped[datetime | None]
    answer = Words()
    answer_sealed: Mapped[str | None] = mapped_column(Text())


class SupportReveal(Base):
    """A masked field that was shown in full in a support call, until when (rule D03)."""

    __tablename__ = "support_reveal"
    __table_args__ = (
        CheckConstraint("until > at", name="until"),
        Index("ix_support_reveal_call", "call_id", "field", "until"),
    )

    id: Mapped[int] = primary_key()
    call_id: Mapped[int] = mapped_column(ForeignKey("support_call.id"))
    field: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    until: Mapped[datetime]


class SupportReading(SealedRow, Base):
    """A support call that was drawn to be read again. ``drawn`` (0 to 999) lay below ``share_per_mille``, the policy's at that time."""

    __tablename__ = "support_reading"
    __table_args__ = (
        CheckConstraint("drawn < share_per_mille", name="drawn"),
        CheckConstraint(
            "(read_by IS NULL) = (read_at IS NULL) AND (read_by IS NULL) = (verdict IS NULL)", name="read"
        ),
        CheckConstraint(f"verdict IS NULL OR verdict IN ({_VERDICTS})", name="verdict"),
        Index("ix_support_reading_open", "call_id", sqlite_where=_NOT_READ, postgresql_where=_NOT_READ),
    )

    call_id: Mapped[int] = mapped_column(ForeignKey("support_call.id"), primary_key=True)
    share_per_mille: Mapped[int]
    drawn: Mapped[int]
    drawn_at: Mapped[datetime]
    read_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    read_at: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(12))
    remark = Words()
    remark_sealed: Mapped[str | None] = mapped_column(Text())

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.call_id)
