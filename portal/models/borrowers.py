"""Borrowers, what they consented to, and how they sign in."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.person_names import folded_name
from portal.models.base import Base, BigId, primary_key
from portal.models.sealing import BlindIndex, Sealed, SealedJson, SealedRow


class Borrower(SealedRow, Base):
    """A person who owes. ``mobile`` is E.164; two borrowers may share one. Who they are stands sealed under a key of their own.

    ``mobile_index`` and ``name_index`` find a whole number and a whole name; nothing finds a part of one.
    """

    __tablename__ = "borrower"
    __table_args__ = (CheckConstraint("sex IN ('female', 'male')", name="sex"),)

    id: Mapped[int] = primary_key()
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    borrower_ref: Mapped[str] = mapped_column(String(64), unique=True)
    name = Sealed("", index=folded_name)
    name_sealed: Mapped[str | None] = mapped_column(Text())
    name_index: Mapped[str | None] = mapped_column(BlindIndex("borrower:name"), index=True)
    mobile = Sealed("", index=str)
    mobile_sealed: Mapped[str | None] = mapped_column(Text())
    mobile_index: Mapped[str | None] = mapped_column(BlindIndex("borrower:mobile"), index=True)
    id_last4 = Sealed("")
    id_last4_sealed: Mapped[str | None] = mapped_column(Text())
    birth_year: Mapped[int | None]
    sex: Mapped[str | None] = mapped_column(String(6))
    """Where the book states it: for the fairness figures and nothing else (decision 0219)."""
    locale: Mapped[str] = mapped_column(String(10), default="zh_CN")
    email = Sealed[str | None](None)
    email_sealed: Mapped[str | None] = mapped_column(Text())
    id_hash: Mapped[str | None] = mapped_column(String(64))
    is_staff_relation: Mapped[bool] = mapped_column(default=False)
    is_vulnerable: Mapped[bool] = mapped_column(default=False)


class Consent(Base):
    """One consent given to one version of a text (rules D01, P17); withdrawn by a date, never by deletion."""

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("given_by = 'borrower'", name="only_the_borrower_consents"),)

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    text_version: Mapped[str] = mapped_column(String(40))
    given_by: Mapped[str] = mapped_column(String(12))
    """The kind of who gave it, as the record names it."""
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SavedBudget(Base):
    """What a borrower's month looked like when it was last asked; prefilled in the next proposal. ``figures`` is ``Budget.as_answer``."""

    __tablename__ = "saved_budget"

    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    figures: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class TypedDraft(SealedRow, Base):
    """What a borrower is typing on one page, until it is sent or a week has passed."""

    __tablename__ = "typed_draft"

    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    fields = SealedJson({})
    fields_sealed: Mapped[str | None] = mapped_column(Text())
    saved_at: Mapped[datetime]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return f"{row.borrower_id}:{row.path}"


class WebSession(Base):
    """A server-side session of one audience. Only the hash of its token is kept."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_person", "audience", "person_id"),)

    id: Mapped[int] = primary_key()
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    audience: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(BigId)
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class KnownDevice(Base):
    """A device on which a borrower once gave the ending of the ID; only the hash of its token is kept."""

    __tablename__ = "known_device"
    __table_args__ = (UniqueConstraint("borrower_id", "token_hash"),)

    id: Mapped[int] = primary_key()
    borrower_id: Mapped[int] = mapped_column(ForeignKey("borrower.id"))
    token_hash: Mapped[str] = mapped_column(String(64), index=True)
    verified_at: Mapped[datetime]


class OneTimeCode(SealedRow, Base):
    """A six-digit code. One live code for each purpose, target and session that asked; good in that session alone.

    ``purpose``: sign_in and new_number (``target`` is the mobile's hash), signing (the content hash) or new_email (the address's hash).
    The code itself is kept nowhere: it is what the secret key makes of ``seed``.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (
        Index("ix_one_time_code_target", "purpose", "target"),
        CheckConstraint("purpose IN ('sign_in', 'signing', 'new_number', 'new_email')", name="purpose"),
        CheckConstraint("asked_by <> 'staff'", name="no_code_for_staff"),
    )

    id: Mapped[int] = primary_key()
    purpose: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(64))
    mobile = Sealed("", index=str)
    mobile_sealed: Mapped[str | None] = mapped_column(Text())
    mobile_index: Mapped[str | None] = mapped_column(BlindIndex("borrower:mobile"))
    """Fits the same column of whoever has the number."""
    session_key: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[str] = mapped_column(String(12))
    """The kind of who asked for it, as the record names it."""
    seed: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    @classmethod
    def row_name(cls, row: Any) -> str:
        return str(row.seed)


class RateCount(Base):
    """Tries within a window, by bucket (account, address, globally); kept in the database so that processes share them."""

    __tablename__ = "rate_count"

    bucket: Mapped[str] = mapped_column(String(120), primary_key=True)
    window_started_at: Mapped[datetime]
    count: Mapped[int]
