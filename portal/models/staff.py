"""Staff accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key
from portal.models.sealing import Sealed, SealedRow


class StaffMember(SealedRow, Base):
    """Somebody who works for the lender. Roles are read at each request."""

    __tablename__ = "staff_member"
    __table_args__ = (
        CheckConstraint(
            """CAST(roles AS TEXT) = '["collector"]'"""
            " OR (agency_id IS NULL AND replace(CAST(roles AS TEXT), 'collector', '') = CAST(roles AS TEXT))",
            name="agency_staff_decide_nothing",
        ),
    )

    id: Mapped[int] = primary_key()
    number: Mapped[str] = mapped_column(String(16), unique=True)
    """Staff number: what borrowers see instead of a name."""
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    roles: Mapped[list[Any]]
    locale: Mapped[str] = mapped_column(String(10), default="zh_CN")
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_secret = Sealed[str | None](None)
    totp_secret_sealed: Mapped[str | None] = mapped_column(Text())
    totp_last_step: Mapped[int | None]
    """The last time step accepted, so that a code works once."""
    disabled_at: Mapped[datetime | None]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    """Of a collector: whose staff they are. Nobody else has one."""
    relations_confirmed_at: Mapped[datetime | None]
    """When they last said whom they are close to: every year (rule P18)."""
    made_at: Mapped[datetime]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.number)


class StaffRelation(Base):
    """A borrower whose cases a member of staff never handles (rule P18): themselves, or somebody close."""

    __tablename__ = "staff_relation"
    __table_args__ = (
        UniqueConstraint("staff_member_id", "borrower_id"),
        CheckConstraint("kind IN ('oneself', 'close')", name="kind"),
    )

    id: Mapped[int] = primary_key()
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    made_at: Mapped[datetime]
