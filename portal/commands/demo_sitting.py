"""A borrower at the telephone, through the same verbs as the pages: sign in, answer, read, sign."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.demo_codes import prove, tell_ending
from portal.commands.demo_people import borrower_ref, loan_ref
from portal.commands.demo_scene import Scene
from portal.domain.journey import Need, Question
from portal.domain.offers import choice_of
from portal.domain.one_time_codes import CodePurpose
from portal.domain.permissions import Actor, ActorKind
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.pricing import price_plan
from portal.models import Borrower, Loan, Proposal
from portal.queries.policies import policy_on
from portal.queries.situations import Situation, situation_for, situation_of
from portal.services.drafts import answer_draft, answer_reason, start_draft
from portal.services.one_time_codes import CodeOrder
from portal.services.sign_in import start_session

_FIFTY_YUAN = 5_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a borrower tells and asks for."""

    request: PlanRequest
    reason: HardshipReason = HardshipReason.INCOME_FELL


@dataclass(frozen=True, slots=True)
class Sitting:
    """One borrower, signed in; ``proposal_id`` once there is a draft."""

    scene: Scene
    key: str
    borrower: Borrower
    actor: Actor
    signed_in_at: str
    proposal_id: int = 0

    @property
    def loan_ref(self) -> str:
        """The borrower's first loan."""
        return loan_ref(self.key)

    @classmethod
    def begin(cls, scene: Scene, key: str) -> Self:
        """Number, code, ending of the ID."""
        with scene.writing() as session:
            borrower = session.scalars(
                select(Borrower).where(Borrower.borrower_ref == borrower_ref(key))
            ).one()
        session_key = sha256(f"{key} {scene.clock.now()}".encode()).hexdigest()
        order = CodeOrder(
            purpose=CodePurpose.SIGN_IN,
            target=borrower.mobile,
            mobile=borrower.mobile,
            locale=borrower.locale,
        )
        prove(scene, Actor(ActorKind.PUBLIC, session_key=session_key), order)
        tell_ending(scene, borrower, session_key)
        actor = Actor(ActorKind.BORROWER, borrower.id, session_key=session_key)
        with scene.writing() as session:
            start_session(
                session, actor, borrower_id=borrower.id, is_device_known=False, now=scene.clock.now()
            )
        return cls(scene, key, borrower, actor, scene.clock.now().isoformat())

    def start(self) -> Self:
        """A draft for the borrower's first loan."""
        clock = self.scene.clock
        clock.pass_by(seconds=40)
        notice = self.scene.texts.load("privacy_notice", self.borrower.locale, clock.today())
        with self.scene.writing() as session:
            loan = session.scalars(select(Loan).where(Loan.loan_ref == self.loan_ref)).one()
            situation = situation_of(session, loan, on=clock.today(), answers={})
            draft = start_draft(
                session,
                self.actor,
                loan=loan,
                arrears_total=situation.arrears.total,
                privacy_version=notice.version,
                keep_days=policy_on(session, clock.today()).draft_days,
                now=clock.now(),
            )
        return replace(self, proposal_id=draft.id)

    def tell(self, reason: HardshipReason) -> None:
        """What happened."""
        clock = self.scene.clock
        clock.pass_by(seconds=35)
        consent = self.scene.texts.load("consents", self.borrower.locale, clock.today())
        with self.scene.writing() as session:
            answer_reason(
                session,
                self.actor,
                proposal=session.get_one(Proposal, self.proposal_id),
                reason=reason,
                consents=True,
                consent_version=consent.version,
                now=clock.now(),
            )

    def choose(self, request: PlanRequest) -> None:
        """What would help, and the plan."""
        clock = self.scene.clock
        with self.scene.writing() as session:
            proposal = session.get_one(Proposal, self.proposal_id)
            standing = self.situation(session).standing
            plan = price_plan(standing.facts, request, standing.rules)
            answers = {
                Question.NEED: _need(plan),
                Question.CHOICE: {**choice_of(request), "source": "own"},
            }
            for question, answer in answers.items():
                clock.pass_by(seconds=30)
                answer_draft(
                    session,
                    self.actor,
                    proposal=proposal,
                    question=question,
                    answer=answer,
                    now=clock.now(),
                )

    def situation(self, session: Session) -> Situation:
        proposal = session.get_one(Proposal, self.proposal_id)
        return situation_for(session, proposal, on=self.scene.clock.today())


def _need(plan: Plan) -> dict[str, object]:
    """What would have been answered before this plan was chosen."""
    request = plan.request
    day = min(request.first_on.day, 28) if request.first_on else request.day_of_month
    need = _NEEDS.get(request.kind, Need.MONTHLY)
    answer: dict[str, object] = {"need": need.value, "day": day}
    if need is Need.BY_DATE:
        return {**answer, "pay_on": (plan.rows[0].date_moved_from or plan.ends_on).isoformat()}
    if not need.asks_for_a_sum:
        return answer
    first = {"upfront_minor": request.upfront_minor} if request.upfront_minor else {}
    monthly = -(-plan.largest_payment // _FIFTY_YUAN) * _FIFTY_YUAN
    return {**answer, "monthly_minor": monthly, "every": request.every, "weekday": request.weekday, **first}


_NEEDS = {
    PlanKind.DEFER: Need.PAUSE,
    PlanKind.INTEREST_ONLY: Need.INTEREST_FIRST,
    PlanKind.STEP_UP: Need.STEP_UP,
    PlanKind.PAY_BY_DATE: Need.BY_DATE,
}
