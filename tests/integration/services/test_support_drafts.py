"""A draft that is taken in hand together: the borrower's own, never beside what was sent, handed over and put aside again."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.cooling import signable_from
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Role
from portal.domain.support_calls import LASTS, EndedBy, Level
from portal.models import Loan, OutboxItem, Proposal, StaffRelation, SupportCall, SupportDraft
from portal.queries.situations import situation_for, situation_of
from portal.services.drafts import discard_draft
from portal.services.support_calls import (
    end_support_call,
    has_lapsed_support_calls,
    on_support_call,
    record_refused_act,
    record_refused_start,
)
from portal.services.support_drafts import (
    begin_support_draft,
    get_draft_in_call,
    hand_draft_over,
    keep_own_numbers,
)
from tests.callers import actor_of
from tests.people import NOW, TODAY, Cast, add_loan, add_staff
from tests.stories import CATCH_UP, Story
from tests.support_desk import SupportDesk
from tests.told_events import told


@pytest.fixture
def loan(session: Session, cast: Cast) -> Loan:
    return add_loan(session, cast.li_na)


@pytest.fixture
def desk(session: Session, cast: Cast, loan: Loan) -> SupportDesk:
    """陈晨, with 李娜 on the line."""
    return SupportDesk(session, cast.chen_chen, cast.li_na)


@pytest.fixture
def story(session: Session, cast: Cast, loan: Loan) -> Story:
    return Story(session, cast.li_na, loan)


def begin(desk: SupportDesk, loan: Loan, level: Level = Level.CONSENTED) -> Proposal:
    call = desk.allowed(level)
    situation = situation_of(desk.session, loan, on=TODAY, answers={})
    return begin_support_draft(desk.session, desk.on(call), situation=situation, now=NOW)


def _running(desk: SupportDesk) -> SupportCall:
    return desk.session.scalars(select(SupportCall)).one()


@pytest.mark.parametrize("choice", [CATCH_UP, {"kind": "reschedule", "installments": 36, "day_of_month": 20}])
def test_beside_a_plan_that_was_sent_there_is_no_draft(
    session: Session, desk: SupportDesk, story: Story, choice: dict[str, object]
) -> None:
    """In force by the policy, or waiting for an approver: what is open about this loan counts."""
    story.submit(choice)
    with pytest.raises(Conflict) as refused:
        begin(desk, story.loan)
    assert refused.value.code in {"not_editable", "plan_already_runs"}
    assert session.scalars(select(SupportDraft)).all() == []
    assert session.scalars(select(Proposal.id)).all() == [story.proposal.id]


def test_what_waits_for_an_approver_is_not_taken_in_hand(desk: SupportDesk, story: Story) -> None:
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    with pytest.raises(Conflict, match=r"^not_editable$"):
        begin(desk, story.loan)


def test_a_plan_about_another_loan_stands_in_no_ones_way(
    session: Session, desk: SupportDesk, cast: Cast, story: Story
) -> None:
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    other = add_loan(session, cast.li_na, ref="L-1002")
    assert begin(desk, other).loan_id == other.id


def test_the_borrowers_own_draft_is_gone_on_with_and_kept_aside(
    session: Session, cast: Cast, desk: SupportDesk, story: Story
) -> None:
    own = dict(story.start().answer().proposal.answers)
    draft = begin(desk, story.loan)
    assert draft is story.proposal
    assert draft.drafted_by_staff_id == cast.chen_chen.id
    kept = session.scalars(select(SupportDraft)).one()
    assert (kept.proposal_id, kept.own_answers, kept.handed_over_at) == (draft.id, own, None)
    keep_own_numbers(session, desk.borrower, proposal=draft, now=NOW)
    keep_own_numbers(session, desk.borrower, proposal=draft, now=NOW)
    session.refresh(draft)
    assert draft.answers == own
    assert session.scalars(select(Proposal.drafted_by_staff_id)).all() == [None]
    assert session.scalars(select(SupportDraft)).all() == []
    assert told(session, "plan:own_numbers_kept") == [(cast.li_na.id, {})]
    discard_draft(session, desk.borrower, proposal=draft, now=NOW)
    with pytest.raises(Conflict, match=r"^not_editable$"):
        keep_own_numbers(session, desk.borrower, proposal=draft, now=NOW)


def test_only_of_the_borrower_on_the_line_who_agreed_to_it(
    session: Session, desk: SupportDesk, cast: Cast, loan: Loan
) -> None:
    with pytest.raises(AccessRefused) as refused:
        begin(desk, loan, Level.PROVEN)
    assert (refused.value.code, refused.value.details["least"]) == ("support_not_allowed", "consented")
    call = _running(desk)
    desk.allow(call, Level.CONSENTED)
    theirs = add_loan(session, cast.wang_qiang, ref="L-2001")
    situation = situation_of(session, theirs, on=TODAY, answers={})
    with pytest.raises(AccessRefused, match=r"^support_not_allowed$"):
        begin_support_draft(session, desk.on(call), situation=situation, now=NOW)


def test_unfinished_or_of_no_call_it_is_not_handed_over(
    session: Session, desk: SupportDesk, loan: Loan, story: Story
) -> None:
    draft = begin(desk, loan)
    on = desk.on(_running(desk))
    situation = situation_for(session, draft, on=TODAY)
    with pytest.raises(DomainError, match=r"^draft_unfinished$"):
        hand_draft_over(session, on, proposal=draft, situation=situation, now=NOW)
    assert get_draft_in_call(session, on, draft).handed_over_at is None
    discard_draft(session, desk.borrower, proposal=draft, now=NOW)
    with pytest.raises(Conflict, match=r"^not_editable$"):
        get_draft_in_call(session, on, draft)
    session.delete(session.scalars(select(SupportDraft)).one())
    session.flush()
    with pytest.raises(AccessRefused) as refused:
        get_draft_in_call(session, on, draft)
    assert (refused.value.code, refused.value.rule) == ("support_not_allowed", "D04")


def test_what_was_refused_in_a_call_is_told_to_whose_it_is(
    session: Session, desk: SupportDesk, cast: Cast
) -> None:
    call = desk.allowed()
    for public_id in (call.public_id, "nobody's"):
        record_refused_act(
            session, desk.agent, public_id=public_id, act="reveal", code="reason_missing", now=NOW
        )
    of_call, of_none = told(session, "support:act_refused")
    said = {"act": "reveal", "code": "reason_missing"}
    assert of_none == (None, said)
    whose = {"support_call_id": call.id, "support_agent_id": cast.chen_chen.id, "support_reason": call.reason}
    assert of_call == (cast.li_na.id, {**said, **whose})


def test_a_call_that_was_refused_is_told_to_whom_the_number_leads(
    session: Session, desk: SupportDesk, cast: Cast
) -> None:
    mobile = cast.li_na.mobile.removeprefix("+86")
    for typed, code in (
        (mobile, "related_case"),
        ("13900139009", "related_case"),
        (mobile, "permission_missing"),
        (mobile, "too_many_searches"),
    ):
        record_refused_start(session, desk.agent, typed=typed, code=code, now=NOW)
    assert told(session, "support:act_refused") == [
        (cast.li_na.id, {"act": "start", "code": "related_case"}),
        (None, {"act": "start", "code": "related_case"}),
        (None, {"act": "start", "code": "permission_missing"}),
    ]


def test_a_call_lapses_by_the_clock_and_with_the_role(
    session: Session, desk: SupportDesk, cast: Cast
) -> None:
    call = desk.allowed()
    assert not has_lapsed_support_calls(session, now=NOW + LASTS - timedelta(seconds=1))
    assert has_lapsed_support_calls(session, now=NOW + LASTS)
    cast.chen_chen.roles = [Role.APPROVER.value]
    session.flush()
    assert has_lapsed_support_calls(session, now=NOW)
    end_support_call(session, desk.agent, call=call, by=EndedBy.AGENT, now=NOW)
    assert not has_lapsed_support_calls(session, now=NOW + LASTS)


def test_who_became_close_while_they_talk_sees_nothing_more(
    session: Session, desk: SupportDesk, cast: Cast
) -> None:
    call = desk.allowed()
    close = StaffRelation(
        staff_member_id=cast.chen_chen.id, borrower_id=cast.wang_qiang.id, kind="close", made_at=NOW
    )
    session.add(close)
    session.flush()
    assert desk.on(call, Level.PROVEN).borrower_id == cast.li_na.id
    close.borrower_id = cast.li_na.id
    session.flush()
    with pytest.raises(AccessRefused, match=r"^related_case$"):
        desk.on(call, Level.PROVEN)
    other = actor_of(add_staff(session, "1021", "other.agent", "另一位", Role.AGENT))
    with pytest.raises(DomainError, match=r"^support_not_your_call$"):
        on_support_call(session, other, public_id=call.public_id, now=NOW)


def test_handed_over_it_can_be_signed_later_and_the_borrower_is_told_once(
    session: Session, desk: SupportDesk, cast: Cast
) -> None:
    """Of the loan that the draft is about, not of another that they have."""
    add_loan(session, cast.wang_qiang, ref="L-2001")
    second = add_loan(session, cast.li_na, ref="L-1002")
    call = desk.allowed(Level.CONSENTED)
    draft = desk.draft(call, second)
    for _ in range(2):
        desk.hand_over(call, draft)
    kept = session.scalars(select(SupportDraft)).one()
    minutes = situation_for(session, draft, on=TODAY).policy.cooling_minutes
    assert (kept.handed_over_at, kept.signable_at) == (NOW, signable_from(NOW, minutes))
    [asked] = session.scalars(select(OutboxItem).where(OutboxItem.kind == "message:occasion")).all()
    said = {name: asked.payload[name] for name in ("loan_id", "borrower_id", "occasion", "on")}
    assert said == {
        "loan_id": second.id,
        "borrower_id": cast.li_na.id,
        "occasion": "plan_drafted",
        "on": TODAY.isoformat(),
    }
    assert len(told(session, "plan:handed_over")) == 1


def test_two_drafts_of_a_day_are_told_each(session: Session, desk: SupportDesk, loan: Loan) -> None:
    """The first was thrown away by the borrower."""
    call = desk.allowed(Level.CONSENTED)
    for minutes in (0, 1):
        desk.now = NOW + timedelta(minutes=minutes)
        draft = desk.draft(call, loan)
        desk.hand_over(call, draft)
        if not minutes:
            discard_draft(session, desk.borrower, proposal=draft, now=desk.now)
    asked = session.scalars(select(OutboxItem.id).where(OutboxItem.kind == "message:occasion")).all()
    assert len(asked) == 2
