"""How accounts of staff come to be and change, and whom their holders declared to be close to."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.staff_relations import Closeness, DeclaredBy
from portal.domain.staff_roles import StaffChangeKind, StaffChangeState
from portal.models.base import Base, primary_key
from portal.models.sealing import Sealed, SealedRow

_ASKED = text("state = 'asked'")
_OPEN = text("used_at IS NULL AND withdrawn_at IS NULL")


def _one_of(column: str, values: object) -> str:
    named = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return f"{column} IN ({named})"


class StaffInvitation(SealedRow, Base):
    """A link to a new account, or to a new password and second factor of an account that is there (``staff_member_id``).

    ``totp_secret`` is shown to whoever opens the link and moves to the account once a code of it was typed in.
    """

    __tablename__ = "staff_invitation"
    __table_args__ = (
        CheckConstraint("used_at IS NULL OR totp_secret_sealed IS NULL", name="secret_moved"),
        CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name="ended_once"),
        Index(
            "uq_staff_invitation_open_login",
            "login",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """None until a link was made: where two people are needed, not before the second agreed."""
    login: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(String(16))
    roles: Mapped[list[Any]]
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    staff_member_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    totp_secret = Sealed[str | None](None)
    totp_secret_sealed: Mapped[str | None] = mapped_column(Text())
    is_agreed: Mapped[bool]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class StaffChange(Base):
    """Something that gives power over others: asked for by one, agreed to by another who does not gain by it."""

    __tablename__ = "staff_change"
    __table_args__ = (
        CheckConstraint(_one_of("kind", StaffChangeKind), name="kind"),
        CheckConstraint(_one_of("state", StaffChangeState), name="state"),
        CheckConstraint("answered_by IS NULL OR answered_by <> asked_by", name="four_eyes"),
        CheckConstraint("staff_member_id IS NULL OR staff_member_id <> asked_by", name="not_for_oneself"),
        CheckConstraint(
            "staff_member_id IS NULL OR answered_by IS NULL OR staff_member_id <> answered_by",
            name="not_by_oneself",
        ),
        CheckConstraint("state NOT IN ('agreed', 'refused') OR answered_by IS NOT NULL", name="second"),
        CheckConstraint("(state = 'asked') = (answered_at IS NULL)", name="answered"),
        Index(
            "uq_staff_change_open",
            "staff_member_id",
            unique=True,
            sqlite_where=_ASKED,
            postgresql_where=_ASKED,
        ),
    )

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    staff_member_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("staff_invitation.id"), unique=True)
    roles_before: Mapped[list[Any]]
    roles: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    answered_at: Mapped[datetime | None]


class StaffDeclaration(Base):
    """Somebody whom a member of staff declared to be themselves or close: a keyed hash, and no number.

    Each borrower whom it fits is a ``StaffRelation``; a book that comes later is compared with it.
    """

    __tablename__ = "staff_declaration"
    __table_args__ = (
        CheckConstraint(_one_of("kind", Closeness), name="kind"),
        CheckConstraint(_one_of("declared_by", DeclaredBy), name="declared_by"),
        Index("uq_staff_declaration", "staff_member_id", "match_key", unique=True),
    )

    id: Mapped[int] = primary_key()
    staff_member_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    kind: Mapped[str] = mapped_column(String(8))
    declared_by: Mapped[str] = mapped_column(String(10))
    match_key: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
