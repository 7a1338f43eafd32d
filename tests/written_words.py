"""Everything that people can write, written through the verbs, and looked for afterwards."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import CallOutcome
from portal.domain.case_handling import CaseReason, CorrectionAnswer, Outcome
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.holds import Evidence, HoldKind
from portal.domain.legal_holds import LegalHoldReason
from portal.domain.permissions import Actor, ActorKind
from portal.domain.policy import HardshipReason
from portal.domain.reasons import DeclineReason, SecondRefusal
from portal.domain.support_wrap_ups import Follow, SupportOutcome
from portal.models import (
    Base,
    CallOverride,
    Loan,
    SupportEscalation,
    SupportReading,
    TypedDraft,
)
from portal.models.sealing import Words
from portal.queries.key_uses import SEALED_TABLES
from portal.services.attachments import SentFile, add_attachment
from portal.services.cases import CaseForm, open_case
from portal.services.corrections import answer_request
from portal.services.decisions import Refusal, decline_proposal
from portal.services.legal_holds import LegalHoldWish, start_legal_hold
from portal.services.questions import reply
from portal.services.representatives import name_representative
from portal.services.second_looks import Disagreement, disagree
from portal.services.staff_holds import HoldWish, set_hold
from portal.services.support_supervision import answer_escalation, read_again
from portal.services.threads import WrittenMessage, post_message
from portal.services.typed_drafts import keep_typed
from portal.services.visitor_complaints import (
    VisitorForm,
    complain_as_visitor,
    decide_visitor_complaint,
    take_visitor_complaint,
)
from tests.callers import Caller, actor_of, fill_list
from tests.clean_files import clean_photo
from tests.desk import THREE_MONTHS, Approver
from tests.people import NOW, TODAY, Cast, add_loan
from tests.service_cases import Handler
from tests.stories import ZONE, Story, borrower_actor, send_out
from tests.support_stories import OnTheLine

SAID = "植入的心里话"
DAY: dict[str, Any] = {"today": TODAY, "zone": ZONE, "now": NOW}


def words_of_all() -> set[str]:
    """Each text that people write."""
    return {
        f"{model.__tablename__}.{name}"
        for model in SEALED_TABLES
        for name in model.SEALED
        if isinstance(vars(model)[name], Words) or model is TypedDraft
    }


def opened(session: Session) -> set[str]:
    """Each text of each row that holds what was said, read as the portal reads it."""
    return {
        f"{model.__tablename__}.{name}"
        for model in SEALED_TABLES
        for row in session.scalars(select(model))
        for name, said in row.texts().items()
        if SAID in str(said)
    }


def in_clear(session: Session) -> Iterator[str]:
    """Each column that holds it as the database itself writes it out."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            values = session.execute(text(f'SELECT "{column.name}" FROM "{table.name}"')).scalars()
            if any(form in _plain(value) for value in values for form in (SAID, ascii(SAID)[1:-1])):
                yield f"{table.name}.{column.name}"


def _plain(value: object) -> str:
    """Bytes as text, as far as they are; JSON may spell characters by their numbers."""
    return value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value)


def say_everything(session: Session, cast: Cast, loan: Loan) -> None:
    """李娜, 王强, a visitor and everybody at the desk; ``loan`` is 李娜's."""
    _at_home(session, cast)
    _in_a_case(session, cast, loan)
    _as_a_visitor(session, cast)
    _on_the_telephone(session, cast)
    _about_a_plan(session, cast)
    note = LegalHoldWish(reason=LegalHoldReason.AUTHORITY, note=SAID, of_loan=False)
    zhou_min = actor_of(cast.zhou_min)
    start_legal_hold(session, zhou_min, loan=loan, wish=note, now=NOW)
    ill = HoldWish(kind=HoldKind.ILLNESS, evidence=Evidence.TOLD_BY_FAMILY.value, note=SAID)
    set_hold(session, zhou_min, loan=loan, wish=ill, today=TODAY, now=NOW)
    session.flush()


def _at_home(session: Session, cast: Cast) -> None:
    keep_typed(session, cast.li_na.id, path="/complain", typed={"body": SAID}, now=NOW)
    keep_typed(session, cast.li_na.id, path="/complain", typed={"body": f"{SAID}。"}, now=NOW)
    name_representative(
        session, borrower_actor(cast.wang_qiang), kind="lawyer", name=f"{SAID}律师", contact=SAID, **DAY
    )


def _in_a_case(session: Session, cast: Cast, loan: Loan) -> None:
    li_na = borrower_actor(cast.li_na)
    form = CaseForm(
        form_key="ab" * 16, kind=CaseKind.TALK, topic=CaseTopic.PLAN_HELP, body=SAID, loan_id=loan.id
    )
    case = open_case(session, li_na, form=form, **DAY)
    add_attachment(
        session,
        li_na,
        about=case,
        form_key="cd" * 16,
        body="",
        sent=SentFile(file=clean_photo(), name=f"{SAID}.jpg", consents=True, consent_version="2026-01-01"),
        now=NOW,
    )
    post_message(session, li_na, about=case, written=WrittenMessage(form_key="cd" * 16, body=SAID), now=NOW)
    handler = Handler(session, cast.zhou_min, case).take()
    request = handler.ask_lender(loan, is_wrong=SAID, should_be=SAID)
    assert handler.ask_lender(loan, is_wrong=SAID, should_be=SAID) is request
    assert handler.ask_lender(loan, is_wrong=SAID, should_be=f"{SAID}！") is not request
    answer_request(
        session, handler.actor, request=request, answer=CorrectionAnswer.REFUSED, words=SAID, now=NOW
    )
    handler.decide(Outcome.TALKED, CaseReason.ANSWERED, SAID)


def _as_a_visitor(session: Session, cast: Cast) -> None:
    form = VisitorForm(form_key="ba" * 16, topic="service", body=SAID, reply_to=SAID)
    complaint = complain_as_visitor(session, Actor(ActorKind.PUBLIC), form=form, **DAY)
    zhou_min = actor_of(cast.zhou_min)
    take_visitor_complaint(session, zhou_min, complaint=complaint, now=NOW)
    decide_visitor_complaint(
        session, zhou_min, complaint=complaint, outcome="upheld", reason="conduct_wrong", answer=SAID, now=NOW
    )


def _on_the_telephone(session: Session, cast: Cast) -> None:
    called = add_loan(session, cast.li_na, ref="L-1002")
    fill_list(session)
    Caller(session, cast.lin_yue).call(called, CallOutcome.REACHED, note=SAID)
    session.add(
        CallOverride(
            public_id="a" * 32, loan_id=called.id, borrower_id=cast.li_na.id, rule="C02", because="channel_not_wanted",
            reason="asked_in_writing", explanation=SAID, asked_by=cast.lin_yue.id, asked_at=NOW, expires_at=NOW,
        )
    )  # fmt: skip
    line, wu_yan = OnTheLine(session, cast.chen_chen, cast.li_na), actor_of(cast.wu_yan)
    call = line.start("")
    handed_on = {"escalation": "settlement", "explanation": SAID, "note": SAID}
    line.wrap_up(call, SupportOutcome.ESCALATED, follows=frozenset({Follow.ESCALATE}), **handed_on)
    session.merge(SupportReading(call_id=call.id, share_per_mille=1000, drawn=0, drawn_at=NOW))
    escalation = session.scalars(select(SupportEscalation)).one()
    answer_escalation(session, wu_yan, escalation=escalation, answer=SAID, now=NOW)
    read_again(session, wu_yan, call=call, verdict="improve", remark=SAID, now=NOW)


def _about_a_plan(session: Session, cast: Cast) -> None:
    declined = _in_review(session, cast, "L-1003")
    why = Refusal(reason=DeclineReason.TERM_TOO_LONG, text=SAID, would_accept=SAID)
    decline_proposal(session, declined.actor, seen=declined.seen(), refusal=why, now=declined.now)
    asked = _in_review(session, cast, "L-1004")
    asked.ask(SAID)
    assert send_out(session, now=asked.now) == 2
    story = asked.story
    reply(
        session,
        story.actor,
        proposal=story.proposal,
        text=SAID,
        situation=story.situation(),
        now=asked.now.astimezone(ZONE),
    )
    countered = _in_review(session, cast, "L-1005")
    countered.counter(THREE_MONTHS)
    second = Approver(session, cast.wu_yan, countered.story).take()
    doubt = Disagreement(reason=SecondRefusal.OTHER, note=SAID)
    disagree(session, second.actor, seen=second.seen(), disagreement=doubt, now=second.now)


def _in_review(session: Session, cast: Cast, ref: str) -> Approver:
    story = Story(session, cast.li_na, add_loan(session, cast.li_na, ref=ref))
    story.submit(reason=HardshipReason.ILLNESS)
    return Approver(session, cast.zhou_min, story).take()
