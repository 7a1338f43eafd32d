"""Cases, loaded through their owner."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import NotFound
from portal.models import ServiceCase


def cases_of(session: Session, borrower_id: int) -> Sequence[ServiceCase]:
    """The newest first."""
    return session.scalars(
        select(ServiceCase).where(ServiceCase.borrower_id == borrower_id).order_by(ServiceCase.id.desc())
    ).all()


def get_case_of(session: Session, borrower_id: int, public_id: str) -> ServiceCase:
    """A borrower's case; a stranger's raises the same ``NotFound`` as nobody's."""
    found = find_case_of(session, borrower_id, public_id)
    if found is None:
        raise NotFound("not_found")
    return found


def find_case_of(session: Session, borrower_id: int, public_id: str) -> ServiceCase | None:
    return session.scalar(
        select(ServiceCase).where(ServiceCase.public_id == public_id, ServiceCase.borrower_id == borrower_id)
    )


def owns_case_of(session: Session, staff_id: int, borrower_id: int) -> bool:
    """Whether a member of staff is the one who answers something that this borrower brought up."""
    found = session.scalar(
        select(ServiceCase.id)
        .where(
            ServiceCase.owner_id == staff_id,
            ServiceCase.borrower_id == borrower_id,
            ServiceCase.status == "open",
        )
        .limit(1)
    )
    return found is not None
