"""Forms that stand on a page only once something has happened: what that is, and whose page it is then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.business_texts import PackagedTexts
from portal.domain.budgets import Budget, Income, Outgoing
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactWishes
from portal.domain.incidents import Audience
from portal.domain.offers import choice_of
from portal.domain.permissions import Role
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.policy_versions import TrialEnd
from portal.domain.support_calls import Level
from portal.domain.support_wrap_ups import Follow, SupportOutcome
from portal.models import (
    EmailAddress,
    Loan,
    PolicyTrial,
    Proposal,
    ServiceCase,
    StaffMember,
    SupportCall,
    SupportDraft,
)
from portal.services.budgets import answer_budget
from portal.services.claims import claim_case
from portal.services.contact_wishes import set_wishes
from portal.services.incidents import answer_notice, draft_notice, propose_silence, record_incident
from portal.services.policy_trials import ask_trial_end
from portal.services.sign_in import remember_device
from portal.services.threads import WrittenMessage, post_message
from tests.callers import actor_of
from tests.checked_client import CheckedClient
from tests.codes import code_sent_to
from tests.desk import THREE_MONTHS, Approver
from tests.incidents import NOTICE_VALUES, incident_facts
from tests.integration.web.conftest import SECRET_KEY, Writing
from tests.integration.web.worlds import World, start_session, visit
from tests.people import CREDITOR, NOW, add_creditor, add_loan
from tests.policies import Change
from tests.service_cases import Handler, bring_up
from tests.stories import Story, borrower_actor, send_out
from tests.support_stories import OnTheLine

DEVICE: Final = "__Host-device"
BUYER: Final = "江南资产管理有限公司"
BUDGET: Final = Budget(people=2, incomes={Income.WAGES: 500_000}, outgoings={Outgoing.HOUSING: 200_000})
REACHED: Final = {"outcome": "reached"}
LONG: Final = choice_of(PlanRequest(PlanKind.CATCH_UP, installments=18, day_of_month=20))


@dataclass(frozen=True, slots=True)
class Scene:
    app: Flask
    world: World
    writing: Writing

    def member(self, session: Session, role: Role) -> StaffMember:
        return session.get_one(StaffMember, self.world.staff[role])

    def staged(self, things: Mapping[str, str]) -> "Scene":
        """The same, with other things in their places."""
        return replace(self, world=replace(self.world, things={**self.world.things, **things}))


Prepared = Callable[[Scene], Mapping[str, str]]
"""Does what has to have happened, and tells which things stand where those of the world stood."""


def _nothing(_scene: Scene) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Way:
    """``page``: the view on whose page the form stands; ``after``: the form that was sent before, by its own person unless ``who`` is
    named; ``given``: what is filled in there; ``query``: of the page, with
    the world's things in it.
    """

    page: str
    who: str = ""
    after: str = ""
    prepared: Prepared = _nothing
    query: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    visitor: Callable[[Scene], CheckedClient] | None = None


def _story(session: Session, scene: Scene, ref: str = "L-2001") -> Story:
    borrower = session.merge(scene.world.cast.li_na)
    return Story(session, borrower, add_loan(session, borrower, ref=ref))


def _signed(session: Session, scene: Scene) -> Approver:
    """A plan that waits for a person, with 周敏 before it."""
    story = _story(session, scene)
    story.submit(reason=HardshipReason.ILLNESS)
    return Approver(session, session.merge(scene.world.cast.zhou_min), story).take()


def _declined(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        approver = _signed(session, scene)
        approver.decline()
        send_out(session, now=approver.now)
        return {"waiting": approver.story.proposal.public_id}


def _countered(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        approver = _signed(session, scene)
        approver.counter()
        send_out(session, now=approver.now)
        return {"waiting": approver.story.proposal.public_id}


def _asked(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        approver = _signed(session, scene)
        approver.ask()
        send_out(session, now=approver.now)
        return {"waiting": approver.story.proposal.public_id}


def _for_two(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        approver = _signed(session, scene)
        approver.counter(THREE_MONTHS)
        supervisor = actor_of(scene.member(session, Role.SUPERVISOR))
        claim_case(session, supervisor, proposal=approver.story.proposal, now=NOW)
        return {"waiting": approver.story.proposal.public_id}


def _claimed(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        proposal = session.scalars(
            select(Proposal).where(Proposal.public_id == scene.world.things["waiting"])
        ).one()
        claim_case(session, actor_of(session.merge(scene.world.cast.zhou_min)), proposal=proposal, now=NOW)
    return {}


def _case(session: Session, scene: Scene) -> ServiceCase:
    loan = session.scalars(select(Loan).where(Loan.public_id == scene.world.things["loan"])).one()
    return bring_up(session, session.merge(scene.world.cast.li_na), loan)


def _decided_case(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        case = _case(session, scene)
        Handler(session, session.merge(scene.world.cast.zhou_min), case).take().decide()
        return {"case": case.public_id}


def _free_case(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        return {"case": _case(session, scene).public_id}


def _complaint(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        borrower = session.merge(scene.world.cast.li_na)
        case = bring_up(session, borrower, kind=CaseKind.COMPLAINT, topic=CaseTopic.HOW_CONTACTED)
        Handler(session, scene.member(session, Role.SUPERVISOR), case).take()
        return {"case": case.public_id}


def _written(scene: Scene) -> Mapping[str, str]:
    """李娜 wrote once more about her case."""
    with scene.writing() as session:
        case = session.scalars(
            select(ServiceCase).where(ServiceCase.public_id == scene.world.things["case"])
        ).one()
        written = WrittenMessage(form_key="aa" * 16, body="请问有结果了吗？")
        actor = borrower_actor(session.merge(scene.world.cast.li_na))
        post_message(session, actor, about=case, written=written, now=NOW)
        return {"waiting": case.public_id}


def _handed_on(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        add_creditor(session, BUYER)
        loan = session.scalars(select(Loan).where(Loan.public_id == scene.world.things["loan"])).one()
        loan.former_creditor, loan.creditor = CREDITOR, BUYER
        loan.former_until, loan.assigned_on = date(2026, 10, 26), date(2026, 11, 1)
    return {}


def _draft(scene: Scene) -> Mapping[str, str]:
    return {"waiting": scene.world.things["draft"]}


def _assisted(scene: Scene) -> Mapping[str, str]:
    """A draft that 李娜 had answered herself before it was prepared on the telephone."""
    with scene.writing() as session:
        draft = session.scalars(
            select(Proposal).where(Proposal.public_id == scene.world.things["assisted"])
        ).one()
        session.get_one(SupportDraft, draft.id).own_answers = dict(draft.answers)
    return dict.fromkeys(("waiting", "draft"), scene.world.things["assisted"])


def _long_draft(scene: Scene) -> Mapping[str, str]:
    """More payments than policy lets stand at once."""
    with scene.writing() as session:
        borrower = session.merge(scene.world.cast.wang_qiang)
        story = Story(session, borrower, add_loan(session, borrower, ref="L-2002"))
        draft = story.start().answer(LONG).proposal
        answer_budget(session, story.actor, proposal=draft, budget=BUDGET, currency="CNY", now=NOW)
        return {"draft": draft.public_id}


def _budget(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        story = _story(session, scene).start()
        answer_budget(session, story.actor, proposal=story.proposal, budget=BUDGET, currency="CNY", now=NOW)
    return {}


def _email(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        session.add(
            EmailAddress(
                borrower_id=scene.world.cast.li_na.id,
                address="li.na@example.cn",
                address_hash="a" * 64,
                given_at=NOW,
                confirmed_at=NOW,
            )
        )
    return {}


def _another_session(audience: str, person: Callable[[World], int]) -> Prepared:
    def prepared(scene: Scene) -> Mapping[str, str]:
        start_session(scene.app, audience, person(scene.world))
        return {}

    return prepared


_OWNERS = _another_session("borrower", lambda world: world.cast.li_na.id)
_AGENTS = _another_session("staff", lambda world: world.staff[Role.AGENT])
_MEMBERS = _another_session("staff", lambda world: world.cast.lin_yue.id)


def _relations_due(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        scene.member(session, Role.AGENT).relations_confirmed_at = NOW - timedelta(days=400)
    return {}


def _tried(scene: Scene) -> Mapping[str, str]:
    return {"policy": scene.world.things["tried"]}


def _trial_end_asked(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        trial = session.scalars(select(PolicyTrial)).one()
        actor = actor_of(session.merge(scene.world.cast.wu_yan))
        ask_trial_end(session, actor, trial_id=trial.id, end=TrialEnd.STOP, why="够了", now=NOW)
    return _tried(scene)


def _proposed(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        wu_yan = session.merge(scene.world.cast.wu_yan)
        change = Change(session, wu_yan, min_payment_minor=7_000).write().replay().propose()
        return {"policy": change.row.version}


def _all_told(scene: Scene) -> Mapping[str, str]:
    """An incident of which the authority was told, and people need not be."""
    with scene.writing() as session:
        wu_yan, sun_hao = (
            actor_of(session.merge(each)) for each in (scene.world.cast.wu_yan, scene.world.cast.sun_hao)
        )
        facts = incident_facts(found_at=NOW - timedelta(hours=2))
        incident = record_incident(session, wu_yan, facts=facts, today=NOW.date(), now=NOW)
        text = PackagedTexts().load("breach_notice", "zh_CN", NOW.date())
        drafted = draft_notice(
            session,
            wu_yan,
            incident=incident,
            audience=Audience.AUTHORITY,
            text=text,
            values=NOTICE_VALUES,
            now=NOW,
        )
        silence = propose_silence(
            session, wu_yan, incident=incident, reason="没有造成危害。", locale="zh_CN", now=NOW
        )
        for notice in (drafted, silence):
            answer_notice(session, sun_hao, incident=incident, notice=notice, is_agreed=True, now=NOW)
        return {"incident": incident.public_id}


def _no_calls_wanted(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        actor = borrower_actor(session.merge(scene.world.cast.li_na))
        wishes = ContactWishes(USUAL_HOURS, frozenset([Channel.SMS]))
        set_wishes(session, actor, wishes=wishes, consent_version="2026-01-01", now=NOW)
    return {}


def _line(session: Session, scene: Scene) -> OnTheLine:
    """The agent with no call on."""
    line = OnTheLine(session, scene.member(session, Role.AGENT), session.merge(scene.world.cast.li_na))
    running = session.scalars(
        select(SupportCall).where(SupportCall.public_id == scene.world.things["support"])
    ).one()
    line.wrap_up(running)
    return line


def _new_call(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        return {"support": _line(session, scene).start().public_id}


def _entered(scene: Scene) -> Mapping[str, str]:
    """李娜 has entered the number and allowed nothing yet."""
    with scene.writing() as session:
        line = _line(session, scene)
        call = line.start()
        line.say(call)
        assert line.enter(line.number(call)) is None
        return {"support": call.public_id}


def _call_back_due(scene: Scene) -> Mapping[str, str]:
    with scene.writing() as session:
        line = _line(session, scene)
        call = line.proven(Level.PROVEN)
        line.wrap_up(
            call,
            SupportOutcome.CALL_BACK,
            follows=frozenset({Follow.CALL_BACK}),
            loan_id=scene.world.things["loan"],
            call_back_at=line.now + timedelta(hours=1),
        )
    return {}


def _knows_device(scene: Scene) -> CheckedClient:
    """Signed out, on a telephone that is known."""
    with scene.writing() as session:
        token = remember_device(session, borrower_id=scene.world.cast.li_na.id, old_token=None, now=NOW)
    client = visit(scene.app)
    client.set_cookie(DEVICE, token)
    return client


def _proven_number(scene: Scene) -> CheckedClient:
    client, mobile = visit(scene.app), scene.world.cast.wang_qiang.mobile
    client.submit("/sign-in", {"mobile": mobile})
    with scene.writing() as session:
        code = code_sent_to(session, mobile, SECRET_KEY)
    assert client.submit("/sign-in/code", {"code": code}).location == "/sign-in/ending"
    return client


WAYS: Final[Mapping[str, Way]] = {
    "borrower.case_second_look": Way("borrower.case", "owner", prepared=_decided_case),
    "borrower.confirm_assignment": Way("borrower.assignment", "owner", prepared=_handed_on),
    "borrower.counter_refuse": Way("borrower.counter_refuse", "owner", prepared=_countered),
    "borrower.forget_this_device": Way("borrower.sign_in", "nobody", query="?left=1", visitor=_knows_device),
    "borrower.not_me": Way("borrower.not_me", "nobody", visitor=_proven_number),
    "borrower.plan_discard": Way("borrower.proposal", "owner", prepared=_draft),
    "borrower.plan_instead": Way("borrower.plan_check", "stranger", prepared=_long_draft),
    "borrower.plan_own_numbers": Way(
        "borrower.proposal", "owner", after="review.support_hand_over", prepared=_assisted
    ),
    "borrower.proposal_answer": Way("borrower.proposal", "owner", prepared=_asked),
    "borrower.proposal_review": Way("borrower.proposal", "owner", prepared=_declined),
    "borrower.record_end_other_sessions": Way("borrower.record_sessions", "owner", prepared=_OWNERS),
    "borrower.record_end_session": Way("borrower.record_sessions", "owner", prepared=_OWNERS),
    "borrower.record_forget_budget": Way("borrower.record_data", "owner", prepared=_budget),
    "borrower.record_remove_email": Way("borrower.record_email", "owner", prepared=_email),
    "borrower.record_remove_representative": Way(
        "borrower.record_representative", after="borrower.record_representative"
    ),
    "borrower.support_allow": Way("borrower.support_call", "owner", prepared=_entered),
    "review.acknowledge_service": Way("review.service_case", after="review.take_service"),
    "review.agree_hold_end": Way("review.holds", Role.APPROVER, after="review.end_hold"),
    "review.answer_policy_trial": Way("review.policy_version", Role.SUPERVISOR, prepared=_trial_end_asked),
    "review.approve_bulk": Way("review.bulk_preview", Role.APPROVER, query="?case={waiting}"),
    "review.ask_exception": Way("review.call", after="review.take_one", prepared=_no_calls_wanted),
    "review.back": Way("review.away", after="review.send_away"),
    "review.confirm_own_relations": Way("review.own_relations", Role.AGENT, prepared=_relations_due),
    "review.decide_policy": Way("review.policy_version", Role.SUPERVISOR, prepared=_proposed),
    "review.decide_visitor": Way("review.visitor", after="review.take_visitor"),
    "review.default": Way("review.views", after="review.keep"),
    "review.delete": Way("review.views", after="review.keep"),
    "review.enable_staff": Way("review.staff_member", after="review.disable_staff"),
    "review.end_hold": Way("review.holds", Role.SUPERVISOR, after="review.start_hold"),
    "review.end_legal_hold_page": Way("review.holds", after="review.set_legal_hold"),
    "review.end_my_other_sessions": Way("review.account", Role.AGENT, prepared=_AGENTS),
    "review.end_my_session": Way("review.account", Role.AGENT, prepared=_AGENTS),
    "review.end_policy_trial": Way("review.policy_version", Role.SUPERVISOR, prepared=_tried),
    "review.end_staff_sessions": Way("review.staff_member", Role.ADMINISTRATOR, prepared=_MEMBERS),
    "review.give_visitor_back": Way("review.visitor", after="review.take_visitor"),
    "review.keep": Way("review.queue", Role.APPROVER, query="?kind=defer"),
    "review.keep_hold": Way("review.holds", Role.APPROVER, after="review.end_hold"),
    "review.keep_legal_hold_page": Way("review.holds", after="review.end_legal_hold_page"),
    "review.miss_support_call_back": Way("review.support_due", Role.AGENT, prepared=_call_back_due),
    "review.name_service_staff": Way("review.service_case", Role.SUPERVISOR, prepared=_complaint),
    "review.name_visitor_staff": Way("review.visitor", after="review.take_visitor"),
    "review.open_one": Way("review.call", after="review.take_one"),
    "review.pause_contact": Way("review.call_noted", after="review.send_outcome", given=REACHED),
    "review.release": Way("review.case", after="review.claim"),
    "review.rename": Way("review.views", after="review.keep"),
    "review.renew_agency": Way("review.agency", after="review.send_evaluation"),
    "review.said": Way("review.call", after="review.open_one"),
    "review.send_approval": Way("review.approve", after="review.claim"),
    "review.send_counter": Way("review.counter", after="review.claim"),
    "review.send_decline": Way("review.decline", after="review.claim"),
    "review.send_disagreement": Way("review.second", Role.SUPERVISOR, prepared=_for_two),
    "review.send_incident_close": Way("review.incident", Role.SUPERVISOR, prepared=_all_told),
    "review.send_link": Way("review.call_noted", after="review.send_outcome", given=REACHED),
    "review.send_outcome": Way("review.call", after="review.said"),
    "review.send_question": Way("review.ask", after="review.claim"),
    "review.send_second": Way("review.second", Role.SUPERVISOR, prepared=_for_two),
    "review.set_next_day": Way("review.call_noted", after="review.send_outcome", given=REACHED),
    "review.settle": Way("review.thread", Role.SUPERVISOR, prepared=_written),
    "review.skip": Way("review.call", after="review.take_one"),
    "review.support_number": Way("review.support_call", Role.AGENT, prepared=_new_call),
    "review.support_said": Way("review.support_call", Role.AGENT, prepared=_new_call),
    "review.support_start": Way("review.support", after="review.send_support_wrap_up"),
    "review.take_over": Way("review.case", Role.APPROVER, prepared=_claimed),
    "review.take_service": Way("review.service_case", Role.APPROVER, prepared=_free_case),
    "review.team_back": Way("review.team_page", after="review.team_away"),
    "review.told_of_assignment": Way("review.holds", Role.SUPERVISOR, prepared=_handed_on),
    "review.undo": Way("review.case", after="review.send_decline"),
}
"""By the view that takes the form."""
