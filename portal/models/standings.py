"""Where each loan stands by the day's run, the stages it went through, and the runs themselves."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.loans import Stage
from portal.domain.stages import Basis
from portal.models.base import Base, BigId, primary_key

_STAGES = ", ".join(f"'{stage.value}'" for stage in Stage)
_BASES = ", ".join(f"'{basis.value}'" for basis in Basis)
_HAS_STAGE: Final = text("stage IS NOT NULL")


class LoanStanding(Base):
    """One narrow row a loan, written on the days on which something happens to it. Money is minor units, days are those of ``counted_on``.

    From there up to ``next_on`` all stays as it is, but for days and penalty, which follow from the dates (``arrears_of``).
    What changes stands in no index, so that PostgreSQL rewrites a row within its page.
    """

    __tablename__ = "loan_standing"
    __table_args__ = (
        CheckConstraint(f"stage IN ({_STAGES})", name="stage"),
        CheckConstraint(f"stage_basis IN ({_BASES})", name="stage_basis"),
        CheckConstraint(f"next_stage IN ({_STAGES})", name="next_stage"),
        CheckConstraint("delinquent_days >= 0", name="days"),
        Index("ix_loan_standing_stage", "stage", sqlite_where=_HAS_STAGE, postgresql_where=_HAS_STAGE),
        Index("ix_loan_standing_limitation", "limitation_ends_on"),
    )

    loan_id: Mapped[int] = mapped_column(
        ForeignKey("loan.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    counted_on: Mapped[date | None]
    """The last business date whose run looked at it."""
    next_on: Mapped[date | None]
    """The day on which it is to be counted again; None: by the next run, whatever its day."""
    counted_by: Mapped[str | None] = mapped_column(String(16))
    """The digest of the rules that it was counted by."""
    oldest_unpaid_on: Mapped[date | None]
    delinquent_days: Mapped[int] = mapped_column(default=0)
    delinquent_days_before: Mapped[int] = mapped_column(default=0)
    overdue_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """As the book states it."""
    bucket: Mapped[str | None] = mapped_column(String(8))
    bucket_before: Mapped[str | None] = mapped_column(String(8))
    stage: Mapped[str | None] = mapped_column(String(16))
    stage_basis: Mapped[str | None] = mapped_column(String(16))
    stage_since: Mapped[date | None]
    next_stage: Mapped[str | None] = mapped_column(String(16))
    """Decided, for ``next_stage_on``, on the ground of a notice that arrived on ``next_notice_on``."""
    next_stage_on: Mapped[date | None]
    next_notice_on: Mapped[date | None]
    limitation_from: Mapped[date | None]
    limitation_cause: Mapped[str | None] = mapped_column(String(24))
    limitation_ends_on: Mapped[date | None]
    limitation_is_checked: Mapped[bool] = mapped_column(default=False)
    """A published calendar says that its last day is a working day."""
    limitation_facts: Mapped[int] = mapped_column(default=0)
    """The ``facts_version`` of the loan that the limitation period was found from; 0: not yet."""
    limitation_event: Mapped[int] = mapped_column(BigId, default=0)
    """The newest event that it was found from."""
    demands: Mapped[int] = mapped_column(default=0)
    """How many demands arrived."""
    demand_owed_on: Mapped[date | None]
    """The day whose demand a hold, the hours or a full day kept from going out: made up for on the first day that allows it, once."""


class LoanStage(Base):
    """One move of a loan from stage to stage; ``stage`` None: nobody collects. Kept for as long as the loan."""

    __tablename__ = "loan_stage"
    __table_args__ = (
        CheckConstraint(f"stage IN ({_STAGES})", name="stage"),
        CheckConstraint(f"basis IN ({_BASES})", name="basis"),
        Index("ix_loan_stage_loan", "loan_id", "id"),
    )

    id: Mapped[int] = primary_key()
    loan_id: Mapped[int] = mapped_column(ForeignKey("loan.id", ondelete="CASCADE"))
    stage: Mapped[str | None] = mapped_column(String(16))
    before: Mapped[str | None] = mapped_column(String(16))
    basis: Mapped[str] = mapped_column(String(16))
    since: Mapped[date]
    delinquent_days: Mapped[int]
    pack_version: Mapped[str] = mapped_column(String(24))
    agency: Mapped[str | None] = mapped_column(String(200))
    """Whom its creditor had engaged when it came to ``agency``; another one later has no part in this stay."""


class DayRun(Base):
    """The run of one business date, how far it is, and what moved. ``progress`` is a part and the last key done in it."""

    __tablename__ = "day_run"
    __table_args__ = (CheckConstraint("previous_on < business_date", name="previous_on"),)

    id: Mapped[int] = primary_key()
    business_date: Mapped[date] = mapped_column(unique=True)
    previous_on: Mapped[date | None]
    part: Mapped[str] = mapped_column(String(16))
    after_id: Mapped[int] = mapped_column(BigId, default=0)
    counts: Mapped[dict[str, Any]]
    """Of what, how often: ``{"stage:reminder:internal:days": 12, …}``."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
