"""The register of agencies (rule C20)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Agency


def agencies_under_contract(session: Session, *, on: date) -> Sequence[Agency]:
    """The white list of a day, by name."""
    return session.scalars(
        select(Agency)
        .where(Agency.ended_at.is_(None), Agency.contract_from <= on, Agency.contract_to >= on)
        .order_by(Agency.name)
    ).all()
