"""Counter-offers: made at the desk, signed or refused by the borrower."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.counters import price_counter
from portal.domain.decisions import DecisionKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Actor, require_borrower
from portal.domain.plans import PlanRequest
from portal.domain.policy import Referral, answer_by
from portal.domain.proposals import Act, Who
from portal.domain.reasons import CounterReason, GuarantorChoice
from portal.models import Decision, Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import find_live_decision, get_signed_version
from portal.queries.situations import Situation
from portal.services.agreements import make_agreement
from portal.services.deciding import (
    Seen,
    Verdict,
    make_decision,
    open_for_decision,
    second_wanted,
    situation_at_desk,
)
from portal.services.decisions import refuse_guarantor_unsaid
from portal.services.freezing import FreezingTools, freeze_counter
from portal.services.letters import refuse_bad_letter
from portal.services.moves import move_proposal
from portal.services.offer_time import offer_closes
from portal.services.overtaking import answer_decision
from portal.services.record import record_about
from portal.services.taking_effect import record_approval
from portal.services.waiting import put_in_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterOffer:
    """What is offered instead, why, and the letter that goes with it."""

    request: PlanRequest
    reason: CounterReason
    letter: str
    guarantor: GuarantorChoice | None = None


def counter_proposal(
    session: Session,
    actor: Actor,
    *,
    seen: Seen,
    counter: CounterOffer,
    tools: FreezingTools,
    today: date,
    now: datetime,
) -> Decision:
    """Offer other terms, frozen like any that are signed. Where the policy asks for two, the second agrees **before** it goes out, since
    afterwards it binds the lender.

    Raises:
        AccessRefused, Conflict: what ``open_for_decision`` raises.
        DomainError: ``letter_missing``, ``text_too_long``, ``forbidden_phrase``, ``guarantor_choice_missing``, and what
            ``price_counter`` and freezing raise.

    """
    case = open_for_decision(session, actor, DecisionKind.COUNTER, seen, now)
    proposal, signed = case.proposal, case.version
    if not counter.letter.strip():
        raise DomainError("letter_missing", field="letter")
    refuse_bad_letter(counter.letter, field="letter")
    refuse_guarantor_unsaid(case.loan, counter.guarantor)
    situation = situation_at_desk(session, proposal, today)
    plan = price_counter(counter.request, plan_of(signed), situation.standing).plan
    version = freeze_counter(
        session,
        actor,
        proposal=proposal,
        situation=situation,
        plan=plan,
        tools=tools,
        locale=signed.locale,
        now=now,
    )
    verdict = Verdict(
        kind=DecisionKind.COUNTER,
        reason_code=counter.reason.value,
        text=counter.letter,
        guarantor=counter.guarantor,
        because=second_wanted(plan, situation),
    )
    return make_decision(
        session, actor, proposal=proposal, version=version, verdict=verdict, seen=seen, now=now
    )


def accept_counter(
    session: Session, actor: Actor, *, proposal: Proposal, version: ProposalVersion, now: datetime
) -> None:
    """The borrower has signed what the lender offered: both have, and the agreement stands. Called by the signing itself."""
    decision = find_live_decision(session, proposal)
    assert decision is not None
    record_approval(session, actor, proposal=proposal, decision=decision, now=now)
    make_agreement(session, actor, proposal=proposal, version=version, now=now)


def refuse_counter(
    session: Session, actor: Actor, *, proposal: Proposal, situation: Situation, now: datetime
) -> None:
    """The borrower would rather not: a person decides on the borrower's own plan after all, which stands anew. ``now`` is in the lender's
    zone. Raises ``Conflict``.
    """
    require_borrower(actor, borrower_id=proposal.borrower_id)
    own = get_signed_version(session, proposal)
    promised = answer_by(now, situation.policy, situation.calendar)
    move_proposal(
        session,
        proposal,
        Act.REFUSE_COUNTER,
        Who.BORROWER,
        promised_by=promised,
        calendar_version=situation.calendar.version,
        closes_at=offer_closes(situation, now=now),
    )
    decision = answer_decision(session, proposal)
    put_in_queue(
        session,
        proposal,
        own,
        situation=situation,
        deadline_at=promised,
        reason=Referral.COUNTER_REFUSED,
        now=now,
    )
    record_about(
        session,
        actor,
        proposal,
        "plan:counter_refused",
        now=now,
        version_number=decision.version_number,
        decision_id=decision.id,
        promised_by=promised.isoformat(),
    )
