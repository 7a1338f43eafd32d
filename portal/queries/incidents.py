"""Incidents, the newest first, and the notices of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
from portal.domain.incidents import Audience, DataKind, IncidentFacts, NoticeState
from portal.models import Incident, IncidentNotice, StaffMember


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """``made_by`` and ``answered_by`` are staff numbers."""

    notice: IncidentNotice
    made_by: str
    answered_by: str


def incidents(session: Session) -> Sequence[Incident]:
    return session.scalars(
        select(Incident).order_by(Incident.closed_at.is_not(None), Incident.id.desc())
    ).all()


def get_incident(session: Session, public_id: str, *, is_locked: bool = False) -> Incident:
    """Raises ``NotFound``."""
    wanted = select(Incident).where(Incident.public_id == public_id)
    found = session.scalar(
        wanted.with_for_update().execution_options(populate_existing=True) if is_locked else wanted
    )
    if found is None:
        raise NotFound("not_found")
    return found


def get_notice(session: Session, public_id: str) -> IncidentNotice:
    """Raises ``NotFound``."""
    found = session.scalar(select(IncidentNotice).where(IncidentNotice.public_id == public_id))
    if found is None:
        raise NotFound("not_found")
    return found


def notices_of(session: Session, incident_id: int) -> Sequence[ShownNotice]:
    """The newest first."""
    maker, answerer = aliased(StaffMember), aliased(StaffMember)
    rows = session.execute(
        select(IncidentNotice, maker.number, answerer.number)
        .join(maker, maker.id == IncidentNotice.made_by)
        .outerjoin(answerer, answerer.id == IncidentNotice.answered_by)
        .where(IncidentNotice.incident_id == incident_id)
        .order_by(IncidentNotice.id.desc())
    )
    return [ShownNotice(notice, made_by, answered_by or "") for notice, made_by, answered_by in rows]


def issued_to(session: Session, incident_id: int) -> frozenset[Audience]:
    found = session.scalars(
        select(IncidentNotice.audience).where(
            IncidentNotice.incident_id == incident_id, IncidentNotice.state == NoticeState.ISSUED.value
        )
    )
    return frozenset(map(Audience, found))


def facts_of(incident: Incident) -> IncidentFacts:
    return IncidentFacts(
        found_at=incident.found_at,
        happened_on=incident.happened_on,
        kinds=frozenset(map(DataKind, incident.kinds)),
        people=incident.people,
        texts=incident.texts,
    )
