"""Incidents with personal information and the notices of them, version by version (rule D05)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key


class Incident(Base):
    """What happened, as it is known now. ``texts``: by language, then by item of ``domain.incidents.TEXTS``."""

    __tablename__ = "incident"
    __table_args__ = (CheckConstraint("people >= 0", name="people"),)

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    found_at: Mapped[datetime]
    happened_on: Mapped[date]
    kinds: Mapped[list[Any]]
    people: Mapped[int]
    texts: Mapped[dict[str, Any]]
    row_version: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class IncidentNotice(Base):
    """One version of a notice, exact words, never changed: drafted by one, issued by another.

    ``audience`` nobody holds the reason why people are not told. ``of_version`` is the incident's when it was drafted.
    """

    __tablename__ = "incident_notice"
    __table_args__ = (
        UniqueConstraint("incident_id", "audience", "locale", "version"),
        CheckConstraint("audience IN ('people', 'authority', 'nobody')", name="audience"),
        CheckConstraint("state IN ('drafted', 'issued', 'refused')", name="state"),
        CheckConstraint("answered_by IS NULL OR answered_by <> made_by", name="four_eyes"),
        CheckConstraint("(state = 'drafted') = (answered_by IS NULL)", name="answered"),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    audience: Mapped[str] = mapped_column(String(10))
    locale: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    of_version: Mapped[int]
    text_version: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]]
    """``title``, ``introduction`` and ``sections`` of title and paragraphs; of a reason its ``reason``."""
    state: Mapped[str] = mapped_column(String(10), default="drafted")
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    answered_at: Mapped[datetime | None]
