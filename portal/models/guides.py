"""The agent's guide as supervisors write it on."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key


class GuideVersion(Base):
    """One version of a text of the guide, whole in each language. Never edited: a new version follows; triggers refuse everything else.

    What the package carries counts as version 0 and has no row.
    """

    __tablename__ = "guide_version"
    __table_args__ = (
        UniqueConstraint("stage", "situation", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = primary_key()
    stage: Mapped[str] = mapped_column(String(10))
    situation: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    words: Mapped[dict[str, Any]]
    """By language: {"says": [line, …], "avoids": [line, …]}."""
    steps: Mapped[list[Any]]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
