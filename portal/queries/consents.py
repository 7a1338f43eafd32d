"""Consents that were given."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Consent


def has_consented(session: Session, borrower_id: int, *, kind: str, text_version: str) -> bool:
    """Whether a consent to these exact words stands."""
    given = session.scalar(
        select(Consent.id)
        .where(
            Consent.borrower_id == borrower_id,
            Consent.kind == kind,
            Consent.text_version == text_version,
            Consent.withdrawn_at.is_(None),
        )
        .limit(1)
    )
    return given is not None


def consents_of(session: Session, borrower_id: int) -> Sequence[Consent]:
    """All that were ever given, the newest first."""
    return session.scalars(
        select(Consent).where(Consent.borrower_id == borrower_id).order_by(Consent.id.desc())
    ).all()
