"""A complaint by somebody who is not signed in: it reveals nothing, whoever they are, and is answered in the same time (rule R02)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.case_handling import LONGEST_WORDS, Work, refuse_ending_as
from portal.domain.cases import MOST_CHARACTERS, TOPICS, CaseKind, answer_by
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.free_text import clean_text, visible
from portal.domain.permissions import Actor, Permission, require
from portal.domain.phrases import refuse_forbidden
from portal.models import VisitorComplaint
from portal.queries.policies import business_calendar
from portal.queries.service_cases import number_of
from portal.services.case_handling import colleague_named
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
    reply_to = visible(form.reply_to).strip()[:120]
    key = form.form_key if re.fullmatch(r"[0-9a-f]{32}", form.form_key) else new_public_id()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    complaint_id = session.scalar(
        insert(VisitorComplaint)
        .values(
            VisitorComplaint.insertable(
                {
                    "public_id": key,
                    "reference": new_reference("V"),
                    "topic": form.topic,
                    "body": body,
                    "reply_to": reply_to,
                    "page": form.page[:200],
                    "status": "open",
                    "opened_at": now,
                    "answer_by": answer_by(CaseKind.COMPLAINT, today, business_calendar(session), zone),
                }
            )
        )
        .on_conflict_do_nothing(index_elements=["public_id"])
        .returning(VisitorComplaint.id)
    )
    if complaint_id is None:
        return _same(session, key, form.topic, body, reply_to)
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


def take_visitor_complaint(
    session: Session, actor: Actor, *, complaint: VisitorComplaint, now: datetime
) -> bool:
    """Take it on. False where it is one's own already. Raises ``AccessRefused``: ``permission_missing``, ``complained_about``;
    ``Conflict``: ``case_closed``, ``case_owned_by_other``.
    """
    _refuse(actor, complaint)
    taken = session.scalar(
        update(VisitorComplaint)
        .where(
            VisitorComplaint.id == complaint.id,
            VisitorComplaint.status == "open",
            VisitorComplaint.owner_id.is_(None),
        )
        .values(owner_id=actor.id, owned_at=now)
        .returning(VisitorComplaint.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(complaint)
    if taken is None:
        if complaint.status == "open" and complaint.owner_id == actor.id:
            return False
        raise _refusal(session, complaint)
    record(session, actor, "complaint:taken", now=now, complaint_id=complaint.id)
    return True


def give_back_visitor_complaint(
    session: Session, actor: Actor, *, complaint: VisitorComplaint, now: datetime
) -> bool:
    """Give it back; False where one did not own it. Raises ``AccessRefused("permission_missing")``."""
    require(actor, Permission.SERVICE_DECIDE)
    given = session.scalar(
        update(VisitorComplaint)
        .where(
            VisitorComplaint.id == complaint.id,
            VisitorComplaint.status == "open",
            VisitorComplaint.owner_id == actor.id,
        )
        .values(owner_id=None, owned_at=None)
        .returning(VisitorComplaint.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(complaint)
    if given is None:
        return False
    record(session, actor, "complaint:given_back", now=now, complaint_id=complaint.id)
    return True


def name_staff_of_visitor_complaint(
    session: Session, actor: Actor, *, complaint: VisitorComplaint, number: str, now: datetime
) -> bool:
    """Note whom it is about; that person has no part in it any more. False where it is noted already. Raises as ``_require_own`` and
    ``colleague_named``.
    """
    _require_own(session, actor, complaint)
    member = colleague_named(session, number, field="number")
    if complaint.about_staff_id == member.id:
        return False
    complaint.about_staff_id = member.id
    if complaint.owner_id == member.id:
        complaint.owner_id = complaint.owned_at = None
    session.flush()
    record(session, actor, "complaint:staff_named", now=now, complaint_id=complaint.id, staff_id=member.id)
    return True


def decide_visitor_complaint(
    session: Session,
    actor: Actor,
    *,
    complaint: VisitorComplaint,
    outcome: str,
    reason: str,
    answer: str,
    now: datetime,
) -> bool:
    """Close it with what was answered to the address that the visitor left. False where the same was done already by the same person.

    Raises:
        AccessRefused: ``permission_missing``, ``complained_about``.
        Conflict: ``case_closed``, ``case_owned_by_other``, ``case_not_taken``.
        DomainError: ``outcome_missing``, ``reason_missing``, ``reason_does_not_fit``, ``words_missing``, ``text_too_long``,
            ``forbidden_phrase``.

    """
    _refuse(actor, complaint)
    session.refresh(complaint, with_for_update=True)
    told = (complaint.decided_by, complaint.outcome, complaint.reason_code, complaint.answer)
    if complaint.status == "closed" and told == (actor.id, outcome, reason, visible(answer).strip()):
        return False
    _require_own(session, actor, complaint)
    refuse_ending_as(Work.VISITOR, outcome, reason)
    words = _words(answer)
    complaint.status, complaint.closed_at, complaint.row_version = "closed", now, complaint.row_version + 1
    complaint.outcome, complaint.reason_code, complaint.answer = outcome, reason, words
    complaint.decided_by = actor.id
    session.flush()
    record(session, actor, "complaint:answered", now=now, complaint_id=complaint.id)
    return True


def record_complaint_refusal(
    session: Session,
    actor: Actor,
    *,
    complaint: VisitorComplaint,
    act: str,
    error: DomainError,
    now: datetime,
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    record(
        session,
        actor,
        "complaint:act_refused",
        now=now,
        complaint_id=complaint.id,
        act=act,
        code=error.code,
    )


def look_at_visitor_complaint(
    session: Session, actor: Actor, *, complaint: VisitorComplaint, now: datetime
) -> None:
    """A look. Raises ``AccessRefused``: ``permission_missing``, ``complained_about``."""
    require(actor, Permission.SERVICE_SEE_ALL)
    if complaint.about_staff_id is not None and complaint.about_staff_id == actor.id:
        raise AccessRefused("complained_about", rule="R02")
    record(session, actor, "complaint:looked_at", now=now, complaint_id=complaint.id)


def _words(answer: str) -> str:
    try:
        words = clean_text(answer, field="words", most=LONGEST_WORDS)
    except DomainError as error:
        if error.code == "text_missing":
            raise DomainError("words_missing", field="words") from error
        raise
    refuse_forbidden(words, field="words")
    return words


def _refuse(actor: Actor, complaint: VisitorComplaint) -> None:
    require(actor, Permission.SERVICE_DECIDE)
    if complaint.about_staff_id is not None and complaint.about_staff_id == actor.id:
        raise AccessRefused("complained_about", rule="R02")


def _require_own(session: Session, actor: Actor, complaint: VisitorComplaint) -> None:
    """Raises as ``_refuse``, and ``Conflict``: ``case_closed``, ``case_owned_by_other``, ``case_not_taken``."""
    _refuse(actor, complaint)
    session.refresh(complaint, with_for_update=True)
    if complaint.status != "open" or complaint.owner_id != actor.id:
        raise _refusal(session, complaint)


def _refusal(session: Session, complaint: VisitorComplaint) -> Conflict:
    if complaint.status != "open":
        return Conflict("case_closed")
    if complaint.owner_id is not None:
        return Conflict("case_owned_by_other", by=number_of(session, complaint.owner_id))
    return Conflict("case_not_taken")


def _same(session: Session, key: str, topic: str, body: str, reply_to: str) -> VisitorComplaint:
    found = session.scalars(select(VisitorComplaint).where(VisitorComplaint.public_id == key)).one()
    if (found.topic, found.body, found.reply_to) != (topic, body, reply_to):
        raise DomainError("form_sent_already")
    return found
