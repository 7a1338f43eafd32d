"""Opening a case for somebody who calls us: as if the borrower had sent it, but for who took it down and how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.caller_cases import (
    ABOUT_ONE_LOAN,
    ABOUT_THE_PERSON,
    CASES,
    PERSON_HOLDS,
    TOLD_TOPICS,
    Matter,
)
from portal.domain.cases import MOST_CHARACTERS, CallBack, CaseTopic, answer_by
from portal.domain.errors import AccessRefused, DomainError, NotFound
from portal.domain.free_text import clean_text, visible
from portal.domain.permissions import Actor, Permission, require
from portal.models import Borrower, Loan, Representative, ServiceCase
from portal.queries.policies import business_calendar
from portal.queries.threads import is_related
from portal.services.case_handling import record_case, take_service_case
from portal.services.cases import (
    PREFIXES,
    CaseForm,
    add_case,
    case_key,
    complained_about,
    record_opened,
    same_case,
    start_holds_of,
)
from portal.services.holds import hold_as_told
from portal.services.record import record
from portal.services.references import new_reference
from portal.services.representatives import note_representative
from portal.services.threads import WrittenMessage, post_message


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the caller said, as staff wrote it down. ``form_key`` came with the empty form: the same form twice is one case.

    ``keeps``: whoever took it down sees to it; else it waits for a colleague.
    """

    form_key: str
    matter: Matter
    topic: str
    text: str
    loan: Loan | None = None
    call_back: str = CallBack.IN_WRITING
    staff_number: str = ""
    speaker_name: str = ""
    speaker_contact: str = ""
    """Who speaks for the borrower, as far as it was told."""
    keeps: bool = False


def open_for_caller(
    session: Session,
    actor: Actor,
    *,
    borrower: Borrower,
    told: Told,
    arrived: Callable[[ServiceCase], str],
    today: date,
    zone: tzinfo,
    now: datetime,
) -> ServiceCase:
    """The borrower's case, with its hold and its promised time; the borrower is told in the thread, in the words of ``arrived``.

    Nobody proves here who calls, and nothing is told to them: what is on record goes to the borrower alone.

    Raises:
        AccessRefused: ``permission_missing``, ``related_case``.
        DomainError: ``topic_missing``, ``case_loan_missing``, ``text_missing``, ``text_too_long``, ``colleague_unknown``,
            ``form_sent_already``.

    """
    _require(session, actor, borrower.id)
    form = _form_of(told)
    key = case_key(form)
    about_staff_id = complained_about(session, form)
    case_id = add_case(
        session,
        borrower.id,
        form,
        key=key,
        reference=new_reference(PREFIXES[form.kind]),
        body=form.body,
        promised=answer_by(form.kind, today, business_calendar(session), zone, topic=CaseTopic(form.topic)),
        now=now,
        about_staff_id=about_staff_id,
        opened_by=actor.id,
    )
    if case_id is None:
        return _same(session, actor, borrower.id, form, key, told=told, about_staff_id=about_staff_id)
    case = session.get_one(ServiceCase, case_id)
    _pause(session, actor, told, form, borrower_id=borrower.id, now=now)
    record_opened(session, actor, borrower.id, form, case_id, now, name="case:taken_down")
    if told.matter is Matter.REPRESENTED:
        note_representative(
            session,
            actor,
            case=case,
            kind=form.topic,
            name=told.speaker_name,
            contact=told.speaker_contact,
            now=now,
        )
    if about_staff_id != actor.id:
        _acknowledge(session, actor, case, arrived(case), now)
        if told.keeps:
            take_service_case(session, actor, case=case, now=now)
    return case


def record_caller_search(
    session: Session, actor: Actor, *, by: str, borrower_ids: Sequence[int], now: datetime
) -> None:
    """Somebody was looked for while they called: a line for each borrower who showed. What was typed stays nowhere."""
    require(actor, Permission.SERVICE_HANDLE)
    for borrower_id in borrower_ids or (None,):
        record(session, actor, "service:searched", now=now, borrower_id=borrower_id, by=by)


def get_borrower_to_note(session: Session, actor: Actor, *, loan_id: str) -> Borrower:
    """Whose loan this is, for who may take down what they say. Raises ``NotFound``, ``AccessRefused`` as ``open_for_caller``."""
    borrower = session.scalar(
        select(Borrower).join(Loan, Loan.borrower_id == Borrower.id).where(Loan.public_id == loan_id)
    )
    if borrower is None:
        raise NotFound("not_found")
    _require(session, actor, borrower.id)
    return borrower


def _require(session: Session, actor: Actor, borrower_id: int) -> None:
    require(actor, Permission.SERVICE_HANDLE)
    assert actor.id is not None
    if is_related(session, actor.id, borrower_id):
        raise AccessRefused("related_case", rule="P18")


def _form_of(told: Told) -> CaseForm:
    """What it is as a case. A complaint may quote what nobody here may say: its words pass no list of phrases."""
    if told.topic not in TOLD_TOPICS[told.matter]:
        raise DomainError("topic_missing", field="topic")
    if told.matter in ABOUT_ONE_LOAN and told.loan is None:
        raise DomainError("case_loan_missing", field="loan")
    return CaseForm(
        form_key=told.form_key,
        kind=CASES[told.matter],
        topic=told.topic,
        body=clean_text(told.text, field="text", most=MOST_CHARACTERS),
        call_back=told.call_back,
        loan_id=None if told.loan is None or told.matter in ABOUT_THE_PERSON else told.loan.id,
        staff_number=told.staff_number,
    )


def _pause(
    session: Session, actor: Actor, told: Told, form: CaseForm, *, borrower_id: int, now: datetime
) -> None:
    kind = PERSON_HOLDS.get(told.matter)
    if kind is None:
        start_holds_of(session, actor, form, now, borrower_id=borrower_id)
        return
    own = select(Loan.id).where(Loan.borrower_id == borrower_id).order_by(Loan.id)
    for loan_id in session.scalars(own).all():
        hold_as_told(session, actor, loan_id=loan_id, kind=kind, reason="said on the telephone", now=now)


def _acknowledge(session: Session, actor: Actor, case: ServiceCase, words: str, now: datetime) -> None:
    post_message(session, actor, about=case, written=WrittenMessage(form_key="", body=words), now=now)
    record_case(session, actor, case, "service:acknowledged", now=now)


def _same(
    session: Session,
    actor: Actor,
    borrower_id: int,
    form: CaseForm,
    key: str,
    *,
    told: Told,
    about_staff_id: int | None,
) -> ServiceCase:
    """Raises ``form_sent_already`` where anything of the form was changed, or somebody else sent it."""
    case = same_case(session, borrower_id, form, key, form.body, about_staff_id=about_staff_id)
    if case.opened_by != actor.id or not _names_the_same(session, case, told):
        raise DomainError("form_sent_already")
    return case


def _names_the_same(session: Session, case: ServiceCase, told: Told) -> bool:
    """Where somebody was on record before, nobody was noted."""
    noted = session.scalar(select(Representative).where(Representative.case_id == case.id))
    said = tuple(visible(text).strip() for text in (told.speaker_name, told.speaker_contact))
    return told.matter is not Matter.REPRESENTED or noted is None or (noted.name, noted.contact) == said
