"""Approvers at their desk through the verbs, for tests of what decisions do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.reasons import ApproveReason, AskReason, CounterReason, DeclineReason, SecondRefusal
from portal.models import Decision, StaffMember
from portal.queries.proposals import find_live_decision, get_signed_version
from portal.services.claims import claim_case
from portal.services.counters import CounterOffer, counter_proposal
from portal.services.deciding import Seen
from portal.services.decisions import Approval, Refusal, approve_proposal, decline_proposal
from portal.services.questions import Ask, ask_borrower
from portal.services.second_looks import Disagreement, confirm_decision, disagree
from tests.stories import TOOLS, ZONE, Story

LETTER = "您好，我们为您准备了另一份方案。"
TWELVE = PlanRequest(kind=PlanKind.CATCH_UP, installments=12, day_of_month=20)
THREE_MONTHS = PlanRequest(kind=PlanKind.DEFER, defer_periods=3)
"""Longer than what one person decides."""


@dataclass
class Approver:
    """One of the cast with one story's case before them."""

    session: Session
    member: StaffMember
    story: Story

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.STAFF, self.member.id, frozenset(map(Role, self.member.roles)))

    @property
    def now(self) -> datetime:
        return self.story.now

    def take(self) -> "Approver":
        claim_case(self.session, self.actor, proposal=self.story.proposal, now=self.now)
        return self

    def seen(self) -> Seen:
        proposal = self.story.proposal
        decision = find_live_decision(self.session, proposal)
        signed = get_signed_version(self.session, proposal)
        return Seen(
            proposal_id=proposal.id,
            row_version=proposal.row_version,
            content_hash=decision.content_hash if decision else signed.content_hash,
        )

    def approve(self) -> Decision:
        approval = Approval(reason=ApproveReason.AFFORDABLE)
        return approve_proposal(
            self.session,
            self.actor,
            seen=self.seen(),
            approval=approval,
            today=self.story.today,
            now=self.now,
        )

    def decline(self) -> Decision:
        refusal = Refusal(reason=DeclineReason.TERM_TOO_LONG, text="", would_accept="分 12 期")
        return decline_proposal(self.session, self.actor, seen=self.seen(), refusal=refusal, now=self.now)

    def counter(self, request: PlanRequest = TWELVE, letter: str = LETTER) -> Decision:
        offer = CounterOffer(request=request, reason=CounterReason.SMALLER_PAYMENTS, letter=letter)
        return counter_proposal(
            self.session,
            self.actor,
            seen=self.seen(),
            counter=offer,
            tools=TOOLS,
            today=self.story.today,
            now=self.now,
        )

    def ask(self, letter: str = "您每月的收入大约是多少？") -> Decision:
        ask = Ask(reason=AskReason.INCOME, letter=letter)
        return ask_borrower(self.session, self.actor, seen=self.seen(), ask=ask, now=self.now)

    def agree(self) -> Decision:
        return confirm_decision(self.session, self.actor, seen=self.seen(), now=self.now.astimezone(ZONE))

    def refuse(self) -> Decision:
        why = Disagreement(reason=SecondRefusal.FACTS_UNCLEAR)
        return disagree(self.session, self.actor, seen=self.seen(), disagreement=why, now=self.now)
