"""What staff keep for themselves at the desk: views of the queue; and when they are away."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key


class SavedView(Base):
    """Filters and an order of the queue under a name. ``choices`` is what the queue's address carries; at most one opens by itself."""

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("staff_member_id", "name", name="uq_saved_view_staff_member_id"),
        Index(
            "uq_saved_view_default",
            "staff_member_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = primary_key()
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    name: Mapped[str] = mapped_column(String(40))
    choices: Mapped[dict[str, Any]]
    is_default: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]


class StaffAbsence(Base):
    """Somebody is away. One open a person: another one ends it."""

    __tablename__ = "staff_absence"
    __table_args__ = (
        CheckConstraint("from_at < until_at", name="ends_after_it_began"),
        Index(
            "uq_staff_absence_open",
            "staff_member_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = primary_key()
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
