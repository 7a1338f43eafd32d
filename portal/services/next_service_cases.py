"""The next case of what borrowers bring up: the earliest promise among those that nobody owns and that this person may handle."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.permissions import Actor, Permission, require
from portal.models import ServiceCase
from portal.queries.absences import is_away
from portal.queries.service_queue import next_free
from portal.services.case_handling import take_service_case

_TRIES: Final = 5


def take_next_service_case(session: Session, actor: Actor, *, now: datetime) -> ServiceCase | None:
    """Take it on and give it; None where nothing is left for this person. Two who ask at once get two cases.

    Raises ``AccessRefused("permission_missing")`` and ``DomainError("staff_away")``.
    """
    require(actor, Permission.SERVICE_HANDLE)
    assert actor.id is not None
    if is_away(session, actor.id, now=now):
        raise DomainError("staff_away")
    tried: list[int] = []
    for _ in range(_TRIES):
        found: ServiceCase | None = session.scalar(next_free(actor, tried=tried))
        if found is None:
            return None
        if _is_taken(session, actor, found, now):
            return found
        tried.append(found.id)
    return None


def _is_taken(session: Session, actor: Actor, case: ServiceCase, now: datetime) -> bool:
    """False where it changed between being found and being taken."""
    try:
        with session.begin_nested():
            return take_service_case(session, actor, case=case, now=now)
    except DomainError:
        return False
