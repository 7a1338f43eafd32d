"""A complaint by somebody who is not signed in, from its form to its answer (rule R02)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.case_handling import CaseReason, Outcome
from portal.domain.cases import CaseTopic
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Actor, ActorKind
from portal.models import StaffMember, VisitorComplaint
from portal.services.staff_work import free_brought_up
from portal.services.visitor_complaints import (
    VisitorForm,
    close_visitor_complaint,
    complain_as_visitor,
    decide_visitor_complaint,
    give_back_visitor_complaint,
    look_at_visitor_complaint,
    name_staff_of_visitor_complaint,
    record_complaint_refusal,
    take_visitor_complaint,
)
from tests.people import NOW, TODAY, Cast
from tests.service_cases import staff_actor
from tests.stories import ZONE
from tests.told_events import told

VISITOR = Actor(ActorKind.PUBLIC, session_key="a visitor")
FORM = VisitorForm(
    form_key="0123456789abcdef" * 2,
    topic=CaseTopic.HOW_CONTACTED,
    body="有人打电话到我单位。",
    reply_to="  a@example.cn ",
    page="/help",
)
LATER = NOW + timedelta(hours=1)
ANSWER = "我们查过了，已停止拨打这个号码。"


def _complain(session: Session, form: VisitorForm = FORM) -> VisitorComplaint:
    return complain_as_visitor(session, VISITOR, form=form, today=TODAY, zone=ZONE, now=NOW)


def _decide(session: Session, member: StaffMember, complaint: VisitorComplaint, **change: str) -> bool:
    said = {
        "outcome": Outcome.UPHELD.value,
        "reason": CaseReason.CONDUCT_WRONG.value,
        "answer": ANSWER,
    } | change
    return decide_visitor_complaint(session, staff_actor(member), complaint=complaint, now=LATER, **said)


def test_what_was_sent_is_kept_and_told(session: Session, cast: Cast) -> None:
    complaint = _complain(session)
    session.refresh(complaint)
    assert (complaint.public_id, complaint.topic, complaint.body) == (FORM.form_key, FORM.topic, FORM.body)
    assert (complaint.reply_to, complaint.page, complaint.status) == ("a@example.cn", "/help", "open")
    assert complaint.reference.startswith("V")
    assert complaint.opened_at == NOW
    assert complaint.answer_by.astimezone(ZONE).date() > TODAY
    assert told(session, "complaint:received") == [
        (None, {"complaint_id": complaint.id, "topic": FORM.topic})
    ]


def test_the_address_and_the_page_are_cut_to_what_is_kept(session: Session, cast: Cast) -> None:
    complaint = _complain(session, replace(FORM, reply_to="a" * 130, page="/" * 210))
    session.refresh(complaint)
    assert (len(complaint.reply_to), len(complaint.page)) == (120, 200)


def test_a_key_that_no_form_has_gives_way_to_another(session: Session, cast: Cast) -> None:
    complaint = _complain(session, replace(FORM, form_key="not a key"))
    assert len(complaint.public_id) == 32
    assert complaint.public_id != _complain(session, replace(FORM, form_key="not a key")).public_id


def test_the_same_form_twice_is_one_complaint(session: Session, cast: Cast) -> None:
    first = _complain(session)
    assert _complain(session).id == first.id
    for changed in (replace(FORM, body="别的事。"), replace(FORM, topic=CaseTopic.CHARGES)):
        with pytest.raises(DomainError, match=r"^form_sent_already$"):
            _complain(session, changed)
    assert len(told(session, "complaint:received")) == 1


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"topic": "sum_wrong"}, "topic_missing", "topic"),
        ({"body": " "}, "text_missing", "body"),
        ({"body": "a" * 5_000}, "text_too_long", "body"),
    ],
)
def test_a_form_that_does_not_do(
    session: Session, cast: Cast, change: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        _complain(session, replace(FORM, **change))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_one_takes_it_and_gives_it_back(session: Session, cast: Cast) -> None:
    complaint, first, second = _complain(session), staff_actor(cast.wu_yan), staff_actor(cast.zhou_min)
    second = Actor(second.kind, second.id, first.roles)
    assert take_visitor_complaint(session, first, complaint=complaint, now=LATER)
    assert (complaint.owner_id, complaint.owned_at) == (cast.wu_yan.id, LATER)
    assert not take_visitor_complaint(session, first, complaint=complaint, now=LATER)
    with pytest.raises(Conflict) as refused:
        take_visitor_complaint(session, second, complaint=complaint, now=LATER)
    assert (refused.value.code, refused.value.details["by"]) == ("case_owned_by_other", cast.wu_yan.number)
    assert not give_back_visitor_complaint(session, second, complaint=complaint, now=LATER)
    assert give_back_visitor_complaint(session, first, complaint=complaint, now=LATER)
    assert (complaint.owner_id, complaint.owned_at) == (None, None)
    assert not give_back_visitor_complaint(session, first, complaint=complaint, now=LATER)
    about = [(None, {"complaint_id": complaint.id})]
    assert told(session, "complaint:taken") == told(session, "complaint:given_back") == about


def test_whom_it_is_about_has_no_part_in_it(session: Session, cast: Cast) -> None:
    complaint, actor = _complain(session), staff_actor(cast.wu_yan)
    take_visitor_complaint(session, actor, complaint=complaint, now=LATER)
    named: dict[str, Any] = {"complaint": complaint, "now": LATER}
    assert name_staff_of_visitor_complaint(session, actor, number=cast.he_jing.number, **named)
    assert not name_staff_of_visitor_complaint(session, actor, number=cast.he_jing.number, **named)
    assert (complaint.about_staff_id, complaint.owner_id) == (cast.he_jing.id, cast.wu_yan.id)
    assert name_staff_of_visitor_complaint(session, actor, number=cast.wu_yan.number, **named)
    assert (complaint.about_staff_id, complaint.owner_id, complaint.owned_at) == (cast.wu_yan.id, None, None)
    for act in (take_visitor_complaint, look_at_visitor_complaint):
        with pytest.raises(AccessRefused, match=r"^complained_about$"):
            act(session, actor, complaint=complaint, now=LATER)
    assert [fields["staff_id"] for _, fields in told(session, "complaint:staff_named")] == [
        cast.he_jing.id,
        cast.wu_yan.id,
    ]


def test_an_answer_closes_it_once(session: Session, cast: Cast) -> None:
    complaint, actor = _complain(session), staff_actor(cast.wu_yan)
    with pytest.raises(Conflict, match=r"^case_not_taken$"):
        _decide(session, cast.wu_yan, complaint)
    take_visitor_complaint(session, actor, complaint=complaint, now=LATER)
    seen = complaint.row_version
    assert _decide(session, cast.wu_yan, complaint)
    session.refresh(complaint)
    assert (complaint.status, complaint.closed_at, complaint.row_version) == ("closed", LATER, seen + 1)
    assert (complaint.outcome, complaint.reason_code) == (Outcome.UPHELD, CaseReason.CONDUCT_WRONG)
    assert (complaint.answer, complaint.decided_by) == (ANSWER, cast.wu_yan.id)
    assert not _decide(session, cast.wu_yan, complaint)
    with pytest.raises(Conflict, match=r"^case_closed$"):
        _decide(session, cast.wu_yan, complaint, outcome=Outcome.NOT_UPHELD.value)
    assert told(session, "complaint:answered") == [(None, {"complaint_id": complaint.id})]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"outcome": "talked"}, "outcome_missing", "outcome"),
        ({"reason": ""}, "reason_missing", "reason"),
        ({"answer": " "}, "words_missing", "words"),
        ({"answer": "字" * 5_000}, "text_too_long", "words"),
    ],
)
def test_an_answer_that_does_not_do(
    session: Session, cast: Cast, change: dict[str, str], code: str, field: str
) -> None:
    complaint = _complain(session)
    take_visitor_complaint(session, staff_actor(cast.wu_yan), complaint=complaint, now=LATER)
    with pytest.raises(DomainError) as refused:
        _decide(session, cast.wu_yan, complaint, **change)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert complaint.status == "open"


def test_the_shell_closes_one_by_its_reference(session: Session, cast: Cast) -> None:
    complaint = _complain(session)
    other = _complain(session, replace(FORM, form_key="f" * 32))
    system = Actor(ActorKind.SYSTEM)
    assert not close_visitor_complaint(session, system, reference="V-NONE", now=LATER)
    assert close_visitor_complaint(session, system, reference=complaint.reference, now=LATER)
    session.refresh(complaint)
    session.refresh(other)
    assert (complaint.status, complaint.closed_at, other.status) == ("closed", LATER, "open")
    assert not close_visitor_complaint(session, system, reference=complaint.reference, now=LATER)
    assert told(session, "complaint:answered") == [(None, {"complaint_id": complaint.id})]


def test_a_look_and_a_refusal_are_told(session: Session, cast: Cast) -> None:
    complaint, actor = _complain(session), staff_actor(cast.wu_yan)
    look_at_visitor_complaint(session, actor, complaint=complaint, now=LATER)
    error = Conflict("case_closed")
    record_complaint_refusal(session, actor, complaint=complaint, act="take", error=error, now=LATER)
    assert told(session, "complaint:looked_at") == [(None, {"complaint_id": complaint.id})]
    refused = {"complaint_id": complaint.id, "act": "take", "code": "case_closed"}
    assert told(session, "complaint:act_refused") == [(None, refused)]


def test_an_agent_has_no_part_in_them(session: Session, cast: Cast) -> None:
    complaint, agent = _complain(session), staff_actor(cast.he_jing)
    for act in (take_visitor_complaint, give_back_visitor_complaint, look_at_visitor_complaint):
        with pytest.raises(AccessRefused, match=r"^permission_missing$"):
            act(session, agent, complaint=complaint, now=LATER)


def test_of_two_the_one_that_was_meant_is_taken_given_back_and_freed(session: Session, cast: Cast) -> None:
    """Another that waits is not taken along, and what a colleague holds stays with them."""
    first, second = _complain(session), _complain(session, replace(FORM, form_key="f" * 32))
    mine, theirs = staff_actor(cast.zhou_min), staff_actor(cast.wu_yan)

    def owners() -> list[int | None]:
        return list(session.scalars(select(VisitorComplaint.owner_id).order_by(VisitorComplaint.id)))

    take_visitor_complaint(session, mine, complaint=first, now=LATER)
    assert owners() == [mine.id, None]
    take_visitor_complaint(session, mine, complaint=second, now=LATER)
    give_back_visitor_complaint(session, mine, complaint=second, now=LATER)
    assert owners() == [mine.id, None]
    session.expire_all()
    take_visitor_complaint(session, theirs, complaint=second, now=LATER)
    freed = free_brought_up(session, theirs, member=cast.zhou_min, now=LATER)
    assert (freed, owners()) == (1, [None, theirs.id])
