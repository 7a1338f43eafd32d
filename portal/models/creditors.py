"""Creditors, their verified accounts (rule C22), and the business calendar."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, primary_key


class Creditor(Base):
    """A lender whose loans the portal shows (rule C21): who it is and how to reach it."""

    __tablename__ = "creditor"

    id: Mapped[int] = primary_key()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    lender_type: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(300), default="")
    assignment_notice_on: Mapped[date | None]
    agency: Mapped[str | None] = mapped_column(String(200))
    """The agency that the creditor has engaged: borrowers are told its name before a loan goes there."""
    agency_since: Mapped[datetime | None]
    """Notices that went out before named another; None where there never was another."""


class VerifiedAccount(Base):
    """An account that borrowers may pay into. Set by two people; collectors cannot enter one."""

    __tablename__ = "verified_account"
    __table_args__ = (UniqueConstraint("creditor_id", "account_number"),)

    id: Mapped[int] = primary_key()
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    bank: Mapped[str] = mapped_column(String(120))
    account_name: Mapped[str] = mapped_column(String(200))
    account_number: Mapped[str] = mapped_column(String(40))
    currency: Mapped[str] = mapped_column(String(3))
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]


class CalendarVersion(Base):
    """A published calendar: statutory days off and make-up working days from ``first_on`` to ``last_on``."""

    __tablename__ = "calendar_version"

    id: Mapped[int] = primary_key()
    version: Mapped[str] = mapped_column(String(40), unique=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    days_off: Mapped[list[Any]]
    """ISO dates: statutory holidays, as published."""
    working_days: Mapped[list[Any]]
    """ISO dates: weekend days declared working days."""
    source: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
