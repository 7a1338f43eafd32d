"""A complaint by somebody who is not signed in: it reveals nothing, whoever they are, and is answered in the same time (rule R02)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.cases import MOST_CHARACTERS, TOPICS, CaseKind, answer_by
from portal.domain.errors import DomainError
from portal.domain.free_text import clean_text, visible
from portal.domain.permissions import Actor
from portal.models import VisitorComplaint
from portal.queries.policies import business_calendar
from portal.services.record import record
from portal.services.references import new_public_id, new_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorForm:
    """What was sent. The same ``form_key`` twice is one complaint."""

    form_key: str
    topic: str
    body: str
    reply_to: str = ""
    page: str = ""


def complain_as_visitor(
    session: Session, actor: Actor, *, form: VisitorForm, today: date, zone: tzinfo, now: datetime
) -> VisitorComplaint:
    """Raises ``topic_missing``, ``text_missing``, ``text_too_long``, and ``form_sent_already`` where the form was changed since."""
    if form.topic not in TOPICS[CaseKind.COMPLAINT]:
        raise DomainError("topic_missing", field="topic")
    body = clean_text(form.body, field="body", most=MOST_CHARACTERS)
    key = form.form_key if re.fullmatch(r"[0-9a-f]{32}", form.form_key) else new_public_id()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    complaint_id = session.scalar(
        insert(VisitorComplaint)
        .values(
            public_id=key,
            reference=new_reference("V"),
            topic=form.topic,
            body=body,
            reply_to=visible(form.reply_to).strip()[:120],
            page=form.page[:200],
            status="open",
            opened_at=now,
            answer_by=answer_by(CaseKind.COMPLAINT, today, business_calendar(session), zone),
        )
        .on_conflict_do_nothing(index_elements=["public_id"])
        .returning(VisitorComplaint.id)
    )
    if complaint_id is None:
        return _same(session, key, form.topic, body)
    record(session, actor, "complaint:received", now=now, complaint_id=complaint_id, topic=form.topic)
    return session.get_one(VisitorComplaint, complaint_id)


def close_visitor_complaint(session: Session, actor: Actor, *, reference: str, now: datetime) -> bool:
    """It was answered. False where no open complaint has this reference."""
    closed = session.scalar(
        update(VisitorComplaint)
        .where(VisitorComplaint.reference == reference, VisitorComplaint.status == "open")
        .values(status="closed", closed_at=now)
        .returning(VisitorComplaint.id)
    )
    if closed is None:
        return False
    record(session, actor, "complaint:answered", now=now, complaint_id=closed)
    return True


def _same(session: Session, key: str, topic: str, body: str) -> VisitorComplaint:
    found = session.scalars(select(VisitorComplaint).where(VisitorComplaint.public_id == key)).one()
    if (found.topic, found.body) != (topic, body):
        raise DomainError("form_sent_already")
    return found
