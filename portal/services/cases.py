"""Opening a case: one for each form, however often it is sent; a dispute and a complaint stop contact."""

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.cases import (
    HOLDS,
    MOST_CHARACTERS,
    TOPICS,
    CallBack,
    CaseChannel,
    CaseKind,
    CaseTopic,
    answer_by,
)
from portal.domain.errors import DomainError
from portal.domain.free_text import clean_text, visible
from portal.domain.permissions import Actor
from portal.models import Loan, ServiceCase, StaffMember
from portal.queries.cases import find_case_of
from portal.queries.policies import business_calendar
from portal.services.holds import start_hold
from portal.services.record import record
from portal.services.references import new_public_id, new_reference
from portal.services.threads import WrittenMessage, post_message

PREFIXES = {
    CaseKind.DISPUTE: "D",
    CaseKind.COMPLAINT: "C",
    CaseKind.TALK: "T",
    CaseKind.DATA: "X",
    CaseKind.REPRESENTED: "R",
}


_LONGEST_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseForm:
    """What was sent. ``form_key`` came with the empty form and becomes the case's address: the same form twice is one case."""

    form_key: str
    kind: CaseKind
    topic: str
    body: str
    call_back: str = CallBack.IN_WRITING
    loan_id: int | None = None
    page: str = ""
    """The page that it was begun on."""
    staff_number: str = ""
    """Whom a complaint is about, where the borrower knows it."""


def open_case(
    session: Session, actor: Actor, *, form: CaseForm, today: date, zone: tzinfo, now: datetime
) -> ServiceCase:
    """The case of a form, new or already there.

    Raises ``topic_missing``, ``text_missing``, ``text_too_long``, ``colleague_unknown``, and ``form_sent_already`` where the form was
    changed after it was sent.
    """
    assert actor.id is not None
    if form.topic not in TOPICS[form.kind]:
        raise DomainError("topic_missing", field="topic")
    body = clean_text(form.body, field="body", most=MOST_CHARACTERS)
    key = case_key(form)
    calendar, topic = business_calendar(session), CaseTopic(form.topic)
    promised = answer_by(form.kind, today, calendar, zone, topic=topic)
    reference = new_reference(PREFIXES[form.kind])
    about_staff_id = complained_about(session, form)
    case_id = add_case(
        session,
        actor.id,
        form,
        key=key,
        reference=reference,
        body=body,
        promised=promised,
        now=now,
        about_staff_id=about_staff_id,
    )
    if case_id is None:
        return same_case(session, actor.id, form, key, body, about_staff_id=about_staff_id)
    case = session.get_one(ServiceCase, case_id)
    start_holds_of(session, actor, form, now, borrower_id=actor.id)
    record_opened(session, actor, actor.id, form, case_id, now)
    post_message(session, actor, about=case, written=WrittenMessage(form_key=key, body=body), now=now)
    return case


def open_case_about_number(
    session: Session,
    actor: Actor,
    *,
    borrower_id: int,
    topic: CaseTopic,
    today: date,
    zone: tzinfo,
    now: datetime,
    reference: str | None = None,
) -> None:
    """Work for staff that came about at the sign-in and not by a form: nobody wrote a word. It stops no contact by itself."""
    form = CaseForm(form_key=new_public_id(), kind=CaseKind.TALK, topic=topic, body="")
    promised = answer_by(form.kind, today, business_calendar(session), zone)
    reference = reference or new_reference(PREFIXES[form.kind])
    case_id = add_case(
        session,
        borrower_id,
        form,
        key=form.form_key,
        reference=reference,
        body="",
        promised=promised,
        now=now,
    )
    assert case_id is not None
    record_opened(session, actor, borrower_id, form, case_id, now)


def open_case_for(
    session: Session,
    actor: Actor,
    *,
    borrower_id: int,
    loan_id: int | None,
    kind: CaseKind,
    topic: CaseTopic,
    body: str,
    today: date,
    zone: tzinfo,
    now: datetime,
) -> ServiceCase:
    """What a borrower said in a call of ours, as a case of the borrower's: with the hold and the promised time of its kind."""
    form = CaseForm(form_key=new_public_id(), kind=kind, topic=topic, body=body, loan_id=loan_id)
    case_id = add_case(
        session,
        borrower_id,
        form,
        key=form.form_key,
        reference=new_reference(PREFIXES[kind]),
        body=body,
        promised=answer_by(kind, today, business_calendar(session), zone, topic=topic),
        now=now,
        opened_by=actor.id,
    )
    assert case_id is not None
    start_holds_of(session, actor, form, now, borrower_id=borrower_id)
    record_opened(session, actor, borrower_id, form, case_id, now, name="case:taken_down")
    return session.get_one(ServiceCase, case_id)


def record_opened(
    session: Session,
    actor: Actor,
    borrower_id: int,
    form: CaseForm,
    case_id: int,
    now: datetime,
    *,
    name: str = "case:opened",
) -> None:
    """``name``: case:taken_down where staff noted it on the telephone."""
    record(
        session,
        actor,
        name,
        now=now,
        borrower_id=borrower_id,
        loan_id=form.loan_id,
        case_id=case_id,
        kind=form.kind.value,
        topic=form.topic,
    )


def add_case(
    session: Session,
    borrower_id: int,
    form: CaseForm,
    *,
    key: str,
    reference: str,
    body: str,
    promised: datetime,
    now: datetime,
    about_staff_id: int | None = None,
    opened_by: int | None = None,
) -> int | None:
    """None where the form was sent before; a second sender waits here until the first is done. ``opened_by``: the member of staff who took
    it down on the telephone.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return session.scalar(
        insert(ServiceCase)
        .values(
            ServiceCase.insertable(
                {
                    "public_id": key,
                    "reference": reference,
                    "kind": form.kind.value,
                    "borrower_id": borrower_id,
                    "loan_id": form.loan_id,
                    "topic": CaseTopic(form.topic).value,
                    "body": body,
                    "call_back": form.call_back
                    if form.call_back in list(CallBack)
                    else CallBack.IN_WRITING.value,
                    "page": form.page[:_LONGEST_PAGE],
                    "about_staff_id": about_staff_id,
                    "channel": (CaseChannel.PORTAL if opened_by is None else CaseChannel.PHONE).value,
                    "opened_by": opened_by,
                    "status": "open",
                    "opened_at": now,
                    "answer_by": promised,
                }
            )
        )
        .on_conflict_do_nothing(index_elements=["public_id"])
        .returning(ServiceCase.id)
    )


def case_key(form: CaseForm) -> str:
    """The case's address: the form's key, or a new one where none came with it."""
    return form.form_key if re.fullmatch(r"[0-9a-f]{32}", form.form_key) else new_public_id()


def complained_about(session: Session, form: CaseForm) -> int | None:
    """The id of whom a complaint names. Raises ``colleague_unknown``."""
    number = visible(form.staff_number).strip()
    if form.kind is not CaseKind.COMPLAINT or not number:
        return None
    found = session.scalar(select(StaffMember.id).where(StaffMember.number == number[:20]))
    if found is None:
        raise DomainError("colleague_unknown", field="staff_number")
    return found


def same_case(
    session: Session, borrower_id: int, form: CaseForm, key: str, body: str, *, about_staff_id: int | None
) -> ServiceCase:
    """The case that this form made before. Raises ``form_sent_already`` where the form was changed after it was sent."""
    case = find_case_of(session, borrower_id, key)
    if case is None or (case.kind, case.topic, case.body, case.loan_id) != (
        form.kind,
        form.topic,
        body,
        form.loan_id,
    ):
        raise DomainError("form_sent_already")
    # Staff may have named somebody since: only a number that the form names itself is one that was changed.
    if about_staff_id not in {None, case.about_staff_id}:
        raise DomainError("form_sent_already")
    return case


def start_holds_of(
    session: Session, actor: Actor, form: CaseForm, now: datetime, *, borrower_id: int
) -> None:
    """On the loan that it is about; a complaint about none of them holds all."""
    kind = HOLDS.get(form.kind)
    if kind is None:
        return
    own = select(Loan.id).where(Loan.borrower_id == borrower_id).order_by(Loan.id)
    loan_ids = [form.loan_id] if form.loan_id is not None else session.scalars(own).all()
    for loan_id in loan_ids:
        start_hold(session, actor, loan_id=loan_id, kind=kind, reason=form.topic, now=now)
