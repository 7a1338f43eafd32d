"""An incident is recorded, its notices are drafted from it, and a second person issues them (rule D05, 个人信息保护法 57)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.free_text import clean_text
from portal.domain.incidents import (
    LONGEST,
    TEXTS,
    Audience,
    IncidentFacts,
    NoticeState,
    refuse_facts,
    refuse_incomplete,
    refuse_second_of_notice,
    refuse_unfinished,
)
from portal.domain.permissions import Actor, Permission, require
from portal.domain.texts import Text
from portal.models import Incident, IncidentNotice, StaffMember
from portal.queries.incidents import facts_of, issued_to
from portal.services.record import record
from portal.services.references import new_public_id


def record_incident(
    session: Session, actor: Actor, *, facts: IncidentFacts, today: date, now: datetime
) -> Incident:
    """Something happened with personal information; the same twice by the same person is one incident.

    Raises ``AccessRefused``, what ``refuse_facts`` says, ``text_too_long``.
    """
    require(actor, Permission.INCIDENT_MANAGE)
    assert actor.id is not None
    refuse_facts(facts, now=now, today=today)
    told = _find_told(session, actor.id, facts)
    if told is not None:
        return told
    incident = Incident(
        public_id=new_public_id(),
        found_at=facts.found_at,
        happened_on=facts.happened_on,
        kinds=sorted(kind.value for kind in facts.kinds),
        people=facts.people,
        texts=_texts(facts),
        made_by=actor.id,
        made_at=now,
    )
    session.add(incident)
    session.flush()
    _record(session, actor, incident, "incident:recorded", now, kinds=incident.kinds, people=incident.people)
    return incident


def change_incident(
    session: Session, actor: Actor, *, incident: Incident, facts: IncidentFacts, today: date, now: datetime
) -> bool:
    """More is known; ``incident`` locked. Drafts of before say what was thought then, and can be issued no more. False where nothing is
    new: they stand.

    Raises as ``record_incident``, and ``Conflict("incident_closed")``.
    """
    require(actor, Permission.INCIDENT_MANAGE)
    _refuse_closed(incident)
    refuse_facts(facts, now=now, today=today)
    if _says(incident, facts):
        return False
    incident.found_at, incident.happened_on = facts.found_at, facts.happened_on
    incident.kinds, incident.people = sorted(kind.value for kind in facts.kinds), facts.people
    incident.texts = _texts(facts)
    incident.row_version += 1
    session.flush()
    _record(session, actor, incident, "incident:changed", now, kinds=incident.kinds, people=incident.people)
    return True


def draft_notice(
    session: Session,
    actor: Actor,
    *,
    incident: Incident,
    audience: Audience,
    text: Text,
    values: Mapping[str, str],
    now: datetime,
) -> IncidentNotice:
    """The exact words of a notice, from the template and what is known; ``incident`` locked.

    ``values``: ``creditor``, ``found_at``, ``happened_on``, ``kinds`` and ``people`` in the notice's language.

    Raises ``AccessRefused``; ``Conflict("incident_closed")``; ``notice_incomplete`` where an item of art. 57 is missing.
    """
    require(actor, Permission.INCIDENT_MANAGE)
    _refuse_closed(incident)
    refuse_incomplete(facts_of(incident), text.locale)
    filled = {**values, **incident.texts[text.locale]}
    body = {
        "title": text.title,
        "introduction": [each.format_map(filled) for each in text.introduction],
        "sections": [
            {"title": section.title, "paragraphs": list(section.paragraphs)}
            for section in text.sections_for({"audience": audience.value}, filled)
        ],
    }
    return _add(session, actor, incident, audience, text.locale, text.version, body, now)


def propose_silence(
    session: Session, actor: Actor, *, incident: Incident, reason: str, locale: str, now: datetime
) -> IncidentNotice:
    """Why people are not told: only where what was done keeps the harm away (art. 57 II). The authority is told all the same.

    Raises ``AccessRefused``; ``Conflict("incident_closed")``; ``silence_reason_missing``, ``text_too_long``.
    """
    require(actor, Permission.INCIDENT_MANAGE)
    _refuse_closed(incident)
    if not reason.strip():
        raise DomainError("silence_reason_missing", field="reason")
    kept = clean_text(reason, field="reason", most=LONGEST)
    return _add(session, actor, incident, Audience.NOBODY, locale, "", {"reason": kept}, now)


def answer_notice(
    session: Session,
    actor: Actor,
    *,
    incident: Incident,
    notice: IncidentNotice,
    is_agreed: bool,
    now: datetime,
) -> bool:
    """The second person's yes, which issues it, or no; once. ``incident`` locked. False where the same was said before.

    Raises ``AccessRefused``: ``permission_missing``, ``notice_by_oneself``; ``Conflict``: ``incident_closed``, ``notice_answered``,
    ``notice_overtaken``.
    """
    require(actor, Permission.INCIDENT_MANAGE)
    assert actor.id is not None
    refuse_second_of_notice(actor.id, notice.made_by)
    state = NoticeState.ISSUED if is_agreed else NoticeState.REFUSED
    if notice.state == state and notice.answered_by == actor.id:
        return False
    _refuse_closed(incident)
    if is_agreed and notice.of_version != incident.row_version:
        raise Conflict("notice_overtaken")
    answered = session.scalar(
        update(IncidentNotice)
        .where(IncidentNotice.id == notice.id, IncidentNotice.state == NoticeState.DRAFTED.value)
        .values(state=state.value, answered_by=actor.id, answered_at=now)
        .returning(IncidentNotice.id)
        .execution_options(synchronize_session=False)
    )
    if answered is None:
        raise Conflict("notice_answered")
    session.refresh(notice)
    _record_notice(session, actor, incident, notice, "incident:notice_answered", now, state=state.value)
    return True


def close_incident(session: Session, actor: Actor, *, incident: Incident, now: datetime) -> bool:
    """All that had to be said was said; ``incident`` locked. False where it is closed.

    Raises ``AccessRefused``, ``incident_unfinished``.
    """
    require(actor, Permission.INCIDENT_MANAGE)
    if incident.closed_at is not None:
        return False
    refuse_unfinished(issued_to(session, incident.id))
    incident.closed_at = now
    session.flush()
    record(session, actor, "incident:closed", now=now, incident_id=incident.id)
    return True


def _find_told(session: Session, staff_id: int, facts: IncidentFacts) -> Incident | None:
    """What this person recorded just so and nobody closed; of two taps at once the second waits for the first."""
    session.execute(select(StaffMember.id).where(StaffMember.id == staff_id).with_for_update())
    open_ones = session.scalars(
        select(Incident).where(
            Incident.made_by == staff_id, Incident.found_at == facts.found_at, Incident.closed_at.is_(None)
        )
    )
    return next((each for each in open_ones if _says(each, facts)), None)


def _says(incident: Incident, facts: IncidentFacts) -> bool:
    """Whether it says this and nothing else."""
    return facts_of(incident) == replace(facts, texts=_texts(facts))


def _texts(facts: IncidentFacts) -> dict[str, dict[str, str]]:
    return {
        locale: {
            item.value: _cleaned(written.get(item.value, ""), f"{item.value}_{locale}") for item in TEXTS
        }
        for locale, written in facts.texts.items()
    }


def _cleaned(text: str, field: str) -> str:
    return clean_text(text, field=field, most=LONGEST) if text.strip() else ""


def _add(
    session: Session,
    actor: Actor,
    incident: Incident,
    audience: Audience,
    locale: str,
    text_version: str,
    body: dict[str, Any],
    now: datetime,
) -> IncidentNotice:
    """The same words twice by the same person wait once."""
    assert actor.id is not None
    waiting = session.scalars(
        select(IncidentNotice).where(
            IncidentNotice.incident_id == incident.id,
            IncidentNotice.audience == audience.value,
            IncidentNotice.locale == locale,
            IncidentNotice.of_version == incident.row_version,
            IncidentNotice.made_by == actor.id,
            IncidentNotice.state == NoticeState.DRAFTED.value,
        )
    )
    same = next((each for each in waiting if (each.text_version, each.body) == (text_version, body)), None)
    if same is not None:
        return same
    before = select(func.max(IncidentNotice.version)).where(
        IncidentNotice.incident_id == incident.id,
        IncidentNotice.audience == audience.value,
        IncidentNotice.locale == locale,
    )
    notice = IncidentNotice(
        public_id=new_public_id(),
        incident_id=incident.id,
        audience=audience.value,
        locale=locale,
        version=(session.scalar(before) or 0) + 1,
        of_version=incident.row_version,
        text_version=text_version,
        body=body,
        made_by=actor.id,
        made_at=now,
    )
    session.add(notice)
    session.flush()
    _record_notice(session, actor, incident, notice, "incident:notice_drafted", now)
    return notice


def _refuse_closed(incident: Incident) -> None:
    if incident.closed_at is not None:
        raise Conflict("incident_closed")


def _record(
    session: Session, actor: Actor, incident: Incident, name: str, now: datetime, **fields: object
) -> None:
    values: dict[str, object] = {"incident_id": incident.id, **fields}
    record(session, actor, name, now=now, borrower_id=None, loan_id=None, proposal_id=None, **values)


def _record_notice(
    session: Session,
    actor: Actor,
    incident: Incident,
    notice: IncidentNotice,
    name: str,
    now: datetime,
    **fields: object,
) -> None:
    values: dict[str, object] = {
        "notice_id": notice.id,
        "audience": notice.audience,
        "version": notice.version,
        **fields,
    }
    _record(session, actor, incident, name, now, **values)
