"""All that somebody holds is handed on, and nothing is left with who is away or whose account has ended."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.errors import AccessRefused, DomainError
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.reasons import TakeOverReason
from portal.models import (
    CallItem,
    Event,
    ReviewItem,
    ServiceCase,
    StaffMember,
    StaffRelation,
    VisitorComplaint,
)
from portal.queries.absences import team
from portal.queries.staff_work import held_work
from portal.services.absences import mark_away
from portal.services.case_handling import take_service_case
from portal.services.cases import CaseForm, open_case
from portal.services.claims import claim_case
from portal.services.handing_on import hand_on_all
from portal.services.staff import disable_staff_member
from portal.services.visitor_complaints import VisitorForm, complain_as_visitor
from tests.callers import Caller, fill_list
from tests.people import NOW, TODAY, Cast, add_loan
from tests.service_cases import bring_up
from tests.stories import ZONE, Story, borrower_actor


def actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


@pytest.fixture
def loaded(session: Session, cast: Cast, story: Story) -> Story:
    """周敏 holds a proposal, a case and a visitor's complaint."""
    story.submit({"kind": "reschedule", "installments": 36, "day_of_month": 20})
    claim_case(session, actor(cast.zhou_min), proposal=story.proposal, now=NOW)
    form = CaseForm(
        form_key="ab" * 16,
        kind=CaseKind.TALK,
        topic=CaseTopic.PLAN_HELP,
        body="请来电。",
        loan_id=story.loan.id,
    )
    case = open_case(session, borrower_actor(cast.li_na), form=form, today=TODAY, zone=ZONE, now=NOW)
    said = VisitorForm(form_key="ba" * 16, topic="service", body="请回复。")
    complaint = complain_as_visitor(
        session, Actor(ActorKind.PUBLIC), form=said, today=TODAY, zone=ZONE, now=NOW
    )
    case.owner_id = complaint.owner_id = cast.zhou_min.id
    case.owned_at = complaint.owned_at = NOW
    session.flush()
    return story


def holders(session: Session) -> list[int | None]:
    return [
        session.scalars(select(ReviewItem.claimed_by)).one(),
        session.scalars(select(ServiceCase.owner_id)).one(),
        session.scalars(select(VisitorComplaint.owner_id)).one(),
    ]


def hand_on(session: Session, cast: Cast, to: StaffMember) -> tuple[int, int]:
    done = hand_on_all(
        session, actor(cast.wu_yan), member=cast.zhou_min, to=to, reason=TakeOverReason.HOLDER_AWAY, now=NOW
    )
    return done.handed, done.freed


def test_everything_goes_to_one_colleague(session: Session, cast: Cast, loaded: Story) -> None:
    assert {each.kind for each in held_work(session, cast.zhou_min.id, now=NOW)} == {
        "proposal",
        "case",
        "visitor",
    }
    assert hand_on(session, cast, cast.wu_yan) == (2, 1)
    assert holders(session) == [cast.wu_yan.id, cast.wu_yan.id, None]
    assert held_work(session, cast.zhou_min.id, now=NOW) == ()


def test_what_a_rule_keeps_from_the_colleague_waits_for_others(
    session: Session, cast: Cast, loaded: Story
) -> None:
    session.add(
        StaffRelation(staff_member_id=cast.wu_yan.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    assert hand_on(session, cast, cast.wu_yan) == (0, 3)
    assert holders(session) == [None, None, None]


def test_an_agent_gets_what_agents_handle(session: Session, cast: Cast, loaded: Story) -> None:
    assert hand_on(session, cast, cast.chen_chen) == (1, 2)
    assert holders(session) == [None, cast.chen_chen.id, None]


def test_nobody_away_or_ended_gets_anything(session: Session, cast: Cast, loaded: Story) -> None:
    until = NOW + timedelta(days=1)
    mark_away(session, actor(cast.wu_yan), member=cast.chen_chen, from_at=NOW, until_at=until, now=NOW)
    with pytest.raises(DomainError, match="colleague_away"):
        hand_on(session, cast, cast.chen_chen)
    disable_staff_member(session, SYSTEM, login="lin.yue", now=NOW)
    with pytest.raises(DomainError, match="colleague_cannot_handle"):
        hand_on(session, cast, cast.lin_yue)
    with pytest.raises(AccessRefused, match="permission_missing"):
        hand_on_all(
            session,
            actor(cast.zheng_hao),
            member=cast.zhou_min,
            to=cast.wu_yan,
            reason=TakeOverReason.OTHER,
            now=NOW,
        )


def test_an_absence_frees_every_kind_of_work(session: Session, cast: Cast, loaded: Story) -> None:
    until = NOW + timedelta(days=1)
    mark_away(session, actor(cast.zhou_min), member=cast.zhou_min, from_at=NOW, until_at=until, now=NOW)
    assert holders(session) == [None, None, None]


def test_an_account_that_ends_leaves_nothing_behind(session: Session, cast: Cast, loaded: Story) -> None:
    disable_staff_member(session, SYSTEM, login="zhou.min", now=NOW)
    assert holders(session) == [None, None, None]
    assert all(line.member.disabled_at is None for line in team(session, now=NOW))


@pytest.mark.parametrize("how", ["away", "disabled"])
def test_a_caller_s_lease_and_call_end_too(session: Session, cast: Cast, how: str) -> None:
    loan = add_loan(session, cast.wang_qiang, ref="L-5001")
    fill_list(session)
    lin_yue = Caller(session, cast.lin_yue)
    lin_yue.take(loan)
    assert [each.kind for each in held_work(session, cast.lin_yue.id, now=lin_yue.now)] == ["call"]
    if how == "away":
        until = lin_yue.now + timedelta(days=1)
        mark_away(
            session, lin_yue.actor, member=cast.lin_yue, from_at=lin_yue.now, until_at=until, now=lin_yue.now
        )
    else:
        disable_staff_member(session, SYSTEM, login="lin.yue", now=lin_yue.now)
    assert session.scalars(select(CallItem.leased_by)).all() == [None]
    assert held_work(session, cast.lin_yue.id, now=lin_yue.now) == ()


def test_the_same_days_away_are_said_once(session: Session, cast: Cast) -> None:
    me, until = cast.zhou_min, NOW + timedelta(days=3)
    away = [
        mark_away(session, actor(me), member=me, from_at=at, until_at=until, now=at)
        for at in (NOW, NOW + timedelta(seconds=2))
    ]
    assert away[0].id == away[1].id
    other = mark_away(session, actor(me), member=me, from_at=NOW, until_at=until + timedelta(days=1), now=NOW)
    session.refresh(away[0])
    assert other.id != away[0].id
    assert away[0].ended_at == NOW
    told = session.scalars(select(Event.name).where(Event.name == "staff:away")).all()
    assert len(told) == 2


def test_what_a_third_colleague_holds_stays_with_them(session: Session, cast: Cast, loaded: Story) -> None:
    """Two cases are open: only the one of who is away is handed on."""
    case = bring_up(session, cast.wang_qiang, add_loan(session, cast.wang_qiang, ref="L-2001"))
    take_service_case(session, actor(cast.chen_chen), case=case, now=NOW)
    assert hand_on(session, cast, cast.wu_yan) == (2, 1)
    session.refresh(case)
    assert case.owner_id == cast.chen_chen.id
