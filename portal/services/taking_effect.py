"""A decision on its way: to a second approver, to the minute in which it may be undone, into effect."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain.counters import closing_time
from portal.domain.decisions import DISPATCH_AFTER, DecisionKind, DecisionState
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor
from portal.domain.proposals import Act, Who
from portal.models import Decision, Proposal, ProposalVersion, Question
from portal.queries.plans import plan_of
from portal.queries.policies import policy_named
from portal.queries.proposals import get_signed_version, version_numbered
from portal.services.agreements import make_agreement
from portal.services.holds import end_hold
from portal.services.moves import end_values, move_proposal
from portal.services.outbox import enqueue
from portal.services.question_messages import post_question
from portal.services.record import record_about
from portal.services.running_plans import supersede_plan
from portal.services.waiting import set_stage, take_out_of_queue


def go_on(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    decision: Decision,
    now: datetime,
    version: ProposalVersion | None = None,
) -> None:
    """What the state of a decision asks for; the row of the proposal was compared and set by the caller.

    ``version``: what was signed, where it is at hand.
    """
    match DecisionState(decision.state):
        case DecisionState.WAITS_SECOND:
            _ask_second(session, actor, proposal, decision, now)
        case DecisionState.HELD:
            _hold(session, actor, proposal, decision, now)
        case _:
            take_effect(session, actor, proposal=proposal, decision=decision, version=version, now=now)


def take_effect(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    decision: Decision,
    now: datetime,
    version: ProposalVersion | None = None,
) -> None:
    """The proposal moves, and the borrower can see it. Raises ``Conflict``: what ``move_proposal`` raises, ``counter_out_of_date``."""
    decision.state, decision.sent_at = DecisionState.SENT.value, now
    take_out_of_queue(session, proposal)
    match DecisionKind(decision.kind):
        case DecisionKind.APPROVE:
            _approve(session, actor, proposal, decision, version, now)
        case DecisionKind.DECLINE:
            _decline(session, actor, proposal, decision, now)
        case DecisionKind.COUNTER:
            _counter(session, actor, proposal, decision, now)
        case DecisionKind.ASK:
            _ask(session, actor, proposal, decision, now)
    session.flush()


def record_approval(
    session: Session, actor: Actor, *, proposal: Proposal, decision: Decision, now: datetime
) -> None:
    """The event of terms that are in force from here."""
    record_about(
        session,
        actor,
        proposal,
        "plan:approved",
        now=now,
        version_number=decision.version_number,
        content_hash=decision.content_hash,
        by_policy=False,
        decision_id=decision.id,
        policy_version=decision.policy_version,
    )


def _ask_second(
    session: Session, actor: Actor, proposal: Proposal, decision: Decision, now: datetime
) -> None:
    set_stage(session, proposal, "second", decided_by=decision.first_staff_id)
    record_about(
        session,
        actor,
        proposal,
        "decision:second_wanted",
        now=now,
        decision_id=decision.id,
        kind=decision.kind,
        content_hash=decision.content_hash,
        because=decision.second_because,
    )


def _hold(session: Session, actor: Actor, proposal: Proposal, decision: Decision, now: datetime) -> None:
    decision.goes_out_at = now + DISPATCH_AFTER
    session.flush()
    set_stage(session, proposal, "held", decided_by=decision.first_staff_id)
    enqueue(
        session,
        kind="decision:dispatch",
        dedupe_key=f"decision:dispatch:{decision.id}",
        payload={"decision_id": decision.id},
        now=now,
        due_at=decision.goes_out_at,
    )
    record_about(
        session,
        actor,
        proposal,
        "decision:held",
        now=now,
        decision_id=decision.id,
        kind=decision.kind,
        goes_out_at=decision.goes_out_at.isoformat(),
    )


def _approve(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    decision: Decision,
    version: ProposalVersion | None,
    now: datetime,
) -> None:
    supersede_plan(session, actor, by=proposal, now=now)
    move_proposal(session, proposal, Act.APPROVE, Who.APPROVER, closes_at=None)
    record_approval(session, actor, proposal=proposal, decision=decision, now=now)
    signed = version or get_signed_version(session, proposal)
    make_agreement(session, actor, proposal=proposal, version=signed, now=now)


def _decline(session: Session, actor: Actor, proposal: Proposal, decision: Decision, now: datetime) -> None:
    move_proposal(session, proposal, Act.DECLINE, Who.APPROVER, **end_values(now))
    record_about(
        session,
        actor,
        proposal,
        "plan:declined",
        now=now,
        version_number=decision.version_number,
        content_hash=decision.content_hash,
        decision_id=decision.id,
        reason_code=decision.reason_code,
    )
    end_hold(
        session, actor, loan_id=proposal.loan_id, kind=HoldKind.PROPOSAL_PENDING, reason="declined", now=now
    )


def _counter(session: Session, actor: Actor, proposal: Proposal, decision: Decision, now: datetime) -> None:
    plan = plan_of(version_numbered(session, proposal.id, decision.version_number))
    days = policy_named(session, decision.policy_version).counter_days
    move_proposal(session, proposal, Act.COUNTER, Who.APPROVER, closes_at=closing_time(now, plan, days=days))
    record_about(
        session,
        actor,
        proposal,
        "plan:countered",
        now=now,
        version_number=decision.version_number,
        content_hash=decision.content_hash,
        decision_id=decision.id,
        reason_code=decision.reason_code,
    )


def _ask(session: Session, actor: Actor, proposal: Proposal, decision: Decision, now: datetime) -> None:
    days = policy_named(session, decision.policy_version).question_days
    move_proposal(session, proposal, Act.ASK, Who.APPROVER, closes_at=now + timedelta(days=days))
    session.add(Question(proposal_id=proposal.id, decision_id=decision.id, asked_at=now))
    post_question(session, proposal=proposal, decision=decision, now=now)
    record_about(
        session,
        actor,
        proposal,
        "plan:info_requested",
        now=now,
        decision_id=decision.id,
        reason_code=decision.reason_code,
    )
