"""Creditors and the accounts that borrowers may pay into."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Creditor, VerifiedAccount


def find_creditor(session: Session, name: str) -> Creditor | None:
    return session.scalar(select(Creditor).where(Creditor.name == name))


def accounts_of(
    session: Session, creditor_name: str, *, currency: str, on: date
) -> Sequence[VerifiedAccount]:
    """The creditor's verified accounts on a day (rule C22), oldest first; empty where it has none."""
    return session.scalars(
        select(VerifiedAccount)
        .join(Creditor, Creditor.id == VerifiedAccount.creditor_id)
        .where(
            Creditor.name == creditor_name,
            VerifiedAccount.currency == currency,
            VerifiedAccount.effective_on <= on,
            (VerifiedAccount.ended_on.is_(None)) | (VerifiedAccount.ended_on > on),
        )
        .order_by(VerifiedAccount.id)
    ).all()


def currencies_in_use(session: Session) -> Sequence[str]:
    """Those in which some creditor has an account."""
    return session.scalars(select(VerifiedAccount.currency).distinct()).all()
