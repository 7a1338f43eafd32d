"""Collection agencies: contracts, evaluations, and what ends with a contract (rule C20)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key


class Agency(Base):
    """An agency that a lender may place loans with, from its contract's first day to its last. ``name`` is as the book names it."""

    __tablename__ = "agency"
    __table_args__ = (
        CheckConstraint("contract_to >= contract_from", name="contract"),
        CheckConstraint("NOT is_subdelegation_allowed", name="no_subdelegation"),
        CheckConstraint("(ended_at IS NULL) = (data_removed_at IS NULL)", name="data_removed"),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    registration_number: Mapped[str] = mapped_column(String(40))
    """The unified social credit code."""
    phone: Mapped[str] = mapped_column(String(40))
    contract_from: Mapped[date]
    contract_to: Mapped[date]
    is_subdelegation_allowed: Mapped[bool] = mapped_column(default=False)
    """Always off: an agency hands nothing on to another (rule C20)."""
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    data_removed_at: Mapped[datetime | None]
    """When its accounts were closed and its access to cases ended: with the contract."""


class AgencyEvaluation(Base):
    """One evaluation: every year, and before a contract is renewed."""

    __tablename__ = "agency_evaluation"
    __table_args__ = (
        UniqueConstraint("agency_id", "evaluated_on"),
        CheckConstraint("result IN ('passed', 'conditions', 'failed')", name="result"),
    )

    id: Mapped[int] = primary_key()
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    evaluated_on: Mapped[date]
    result: Mapped[str] = mapped_column(String(12))
    remark: Mapped[str] = mapped_column(String(500), default="")
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
