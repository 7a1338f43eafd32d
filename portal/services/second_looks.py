"""The second approver: agrees to exactly what the first decided, or says why not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.counters import refuse_out_of_date
from portal.domain.decisions import ACTS, DecisionKind, DecisionState, state_of_decided
from portal.domain.errors import Conflict, NotFound
from portal.domain.four_eyes import refuse_first, refuse_involved
from portal.domain.permissions import Actor, Permission, require
from portal.domain.proposals import ProposalStatus, Who, is_possible
from portal.domain.reasons import SecondRefusal, refuse_too_long, refuse_unexplained
from portal.models import Decision, Proposal
from portal.queries.involvement import involved_in
from portal.queries.plans import plan_of
from portal.queries.proposals import find_live_decision, version_numbered
from portal.services.claims import refuse_without_claim
from portal.services.deciding import Seen, lock_facts, refuse_unseen, too_late
from portal.services.moves import keep_still
from portal.services.record import record_about
from portal.services.taking_effect import go_on
from portal.services.waiting import set_stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Why the second approver does not agree: for the first, not for the borrower."""

    reason: SecondRefusal
    note: str = ""


def confirm_decision(session: Session, actor: Actor, *, seen: Seen, now: datetime) -> Decision:
    """Agree. An approval is in force from here, a counter goes out in a minute. ``now`` is in the lender's zone.

    Raises:
        AccessRefused: ``permission_missing``, ``decided_first_by_oneself``, or what ``refuse_involved`` says.
        Conflict: ``already_decided``, ``not_waiting``, ``claim_needed``, ``claimed_by_other``, ``proposal_moved``, ``content_changed``,
            ``facts_moved``, ``counter_out_of_date``.

    """
    proposal, decision = _open_for_second(session, actor, seen, now)
    if decision.kind == DecisionKind.COUNTER:
        plan = plan_of(version_numbered(session, proposal.id, decision.version_number))
        refuse_out_of_date(plan, now=now)
    _compare_and_set(session, proposal, seen)
    decision.second_staff_id, decision.second_at = actor.id, now
    decision.state = state_of_decided(DecisionKind(decision.kind)).value
    session.flush()
    record_about(
        session,
        actor,
        proposal,
        "decision:seconded",
        now=now,
        decision_id=decision.id,
        kind=decision.kind,
        content_hash=decision.content_hash,
    )
    go_on(session, actor, proposal=proposal, decision=decision, now=now)
    return decision


def disagree(
    session: Session, actor: Actor, *, seen: Seen, disagreement: Disagreement, now: datetime
) -> Decision:
    """Refuse it: the case waits for a decision again, and the first approver reads why. Raises as ``confirm_decision``, and
    ``reason_text_missing``, ``text_too_long``.
    """
    proposal, decision = _open_for_second(session, actor, seen, now)
    refuse_unexplained(disagreement.reason, disagreement.note)
    refuse_too_long(disagreement.note, field="reason_text")
    _compare_and_set(session, proposal, seen)
    decision.second_staff_id, decision.second_at = actor.id, now
    decision.second_reason, decision.second_note = disagreement.reason.value, disagreement.note.strip()
    decision.state = DecisionState.REFUSED.value
    session.flush()
    set_stage(session, proposal, "first")
    record_about(
        session,
        actor,
        proposal,
        "decision:second_refused",
        now=now,
        decision_id=decision.id,
        kind=decision.kind,
        reason_code=disagreement.reason.value,
    )
    return decision


def find_waiting_for_second(session: Session, proposal: Proposal) -> Decision | None:
    decision = find_live_decision(session, proposal)
    is_waiting = decision is not None and decision.state == DecisionState.WAITS_SECOND
    return decision if is_waiting else None


def refuse_not_second(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> Decision:
    """The decision that this person may second now; what a page asks before it offers to. Raises as ``confirm_decision``."""
    require(actor, Permission.PROPOSAL_DECIDE)
    assert actor.id is not None
    involved = involved_in(session, proposal)
    refuse_involved(actor.id, involved)
    refuse_first(actor.id, involved)
    decision = find_waiting_for_second(session, proposal)
    if decision is None or not _is_open(proposal, decision):
        raise too_late(session, proposal)
    refuse_without_claim(session, actor, proposal_id=proposal.id, now=now)
    return decision


def _open_for_second(session: Session, actor: Actor, seen: Seen, now: datetime) -> tuple[Proposal, Decision]:
    proposal = session.get(Proposal, seen.proposal_id, populate_existing=True)
    if proposal is None:
        raise NotFound("not_found")
    decision = refuse_not_second(session, actor, proposal=proposal, now=now)
    refuse_unseen(proposal, seen, decision.content_hash)
    lock_facts(session, proposal, version_numbered(session, proposal.id, decision.version_number))
    return proposal, decision


def _is_open(proposal: Proposal, decision: Decision) -> bool:
    act = ACTS[DecisionKind(decision.kind)]
    return is_possible(ProposalStatus(proposal.status), act, Who.APPROVER)


def _compare_and_set(session: Session, proposal: Proposal, seen: Seen) -> None:
    try:
        keep_still(session, proposal, expected_row_version=seen.row_version)
    except Conflict as error:
        raise too_late(session, proposal) from error
