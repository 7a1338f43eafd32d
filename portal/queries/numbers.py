"""Numbers where nobody is contacted any more, and wishes for another one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import NumberChange, StoppedNumber


def find_stopped_number(session: Session, number_hash: str) -> StoppedNumber | None:
    """The running stop of a number; None where it may be used."""
    return session.scalars(
        select(StoppedNumber).where(
            StoppedNumber.number_hash == number_hash, StoppedNumber.lifted_at.is_(None)
        )
    ).one_or_none()


def number_changes_of(session: Session, borrower_id: int) -> list[NumberChange]:
    """Newest first."""
    return list(
        session.scalars(
            select(NumberChange)
            .where(NumberChange.borrower_id == borrower_id)
            .order_by(NumberChange.id.desc())
        )
    )


def find_number_change(session: Session, reference: str) -> NumberChange | None:
    """The wish behind a case: they bear one reference."""
    return session.scalar(select(NumberChange).where(NumberChange.reference == reference))
