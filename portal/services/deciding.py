"""What every decision of staff goes through: who may, what was seen, and one live decision a round.

Two guards stand, each enough by itself: the proposal's row is compared and set, and a round has one live decision by constraint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.decisions import ACTS, DecisionKind, DecisionState, state_of_decided
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.four_eyes import reasons_for_second, refuse_involved
from portal.domain.offers import judge
from portal.domain.permissions import Actor, Permission, require
from portal.domain.plans import Plan
from portal.domain.proposals import Act, ProposalStatus, Who, is_possible
from portal.domain.second_looks import SecondReason
from portal.domain.similar_cases import likeness_of
from portal.failpoints import Point, reached
from portal.models import Decision, Loan, Proposal, ProposalVersion, ReviewItem
from portal.queries.involvement import history_of
from portal.queries.outcomes import find_outcome
from portal.queries.proposals import find_case_to_decide, find_live_decision
from portal.queries.situations import Situation, situation_for
from portal.services.claims import refuse_unclaimed
from portal.services.facts_moved import refuse_moved_facts
from portal.services.moves import keep_still
from portal.services.record import record_about, recorded_at_once
from portal.services.taking_effect import go_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the approver had on the page: the decision is about this and nothing else."""

    proposal_id: int
    row_version: int
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision in the making. ``because``: why a second approver is needed, empty where one is enough."""

    kind: DecisionKind
    reason_code: str
    text: str = ""
    would_accept: str = ""
    guarantor: str | None = None
    because: Sequence[SecondReason] = ()


@dataclass(frozen=True, slots=True)
class CaseInHand:
    """A proposal that is about to be decided, and the version that was signed. ``item`` is held so that it is not read again."""

    proposal: Proposal
    version: ProposalVersion
    loan: Loan
    item: ReviewItem | None


def open_for_decision(
    session: Session, actor: Actor, kind: DecisionKind, seen: Seen, now: datetime
) -> CaseInHand:
    """What this person may decide, just so, now; the loan is held until the end of the transaction.

    Raises:
        AccessRefused: ``permission_missing``, or what ``refuse_involved`` says.
        Conflict: ``already_decided`` (details by, at, kind), ``not_waiting`` (status), ``claim_needed``, ``claimed_by_other``,
            ``proposal_moved``, ``content_changed``, ``facts_moved``.

    """
    require(actor, Permission.PROPOSAL_DECIDE)
    assert actor.id is not None
    case = find_case_to_decide(session, seen.proposal_id)
    if case is None:
        raise NotFound("not_found")
    proposal, version = case.proposal, case.version
    history = history_of(session, proposal)
    refuse_involved(actor.id, history.involved)
    if history.is_decided or not _may_take(proposal, ACTS[kind]):
        raise too_late(session, proposal)
    refuse_unclaimed(session, actor, case.item, proposal_id=proposal.id, now=now)
    if version is None:
        raise NotFound("no_version_yet")
    refuse_unseen(proposal, seen, version.content_hash)
    # An import that changes this loan waits for the lock, or is seen here.
    if case.loan.facts_version != version.facts_version:
        raise Conflict("facts_moved")
    return CaseInHand(proposal, version, case.loan, case.item)


def refuse_unseen(proposal: Proposal, seen: Seen, content_hash: str) -> None:
    """Raises ``Conflict``: ``proposal_moved``, ``content_changed``."""
    if seen.row_version != proposal.row_version:
        raise Conflict("proposal_moved")
    if seen.content_hash != content_hash:
        raise Conflict("content_changed")


def lock_facts(session: Session, proposal: Proposal, version: ProposalVersion) -> None:
    """An import that changes this loan waits for the lock, or is seen here: raises ``Conflict("facts_moved")``."""
    session.execute(select(Loan.id).where(Loan.id == proposal.loan_id).with_for_update())
    refuse_moved_facts(session, version, proposal.loan_id)


def situation_at_desk(session: Session, proposal: Proposal, today: date) -> Situation:
    """How the loan and the rules stand for whoever decides."""
    return situation_for(session, proposal, on=today)


def second_wanted(plan: Plan, situation: Situation) -> Sequence[SecondReason]:
    """Why one approver is not enough for this plan (rule P18)."""
    return reasons_for_second(
        plan,
        findings=judge(plan, situation.standing).reasons,
        circumstances=situation.circumstances,
        policy=situation.policy,
    )


def make_decision(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    version: ProposalVersion,
    verdict: Verdict,
    seen: Seen,
    now: datetime,
) -> Decision:
    """Keep the decision and let it go its way: to a second approver, to its dispatch, or straight into effect."""
    values = _decision(actor, proposal, version, verdict, now)
    values["likeness"] = _likeness(session, proposal)
    with recorded_at_once(session):
        try:
            keep_still(session, proposal, expected_row_version=seen.row_version)
        except Conflict as error:
            raise too_late(session, proposal) from error
        decision = _keep(session, values)
        if decision is None:
            raise too_late(session, proposal)
        reached(Point.DECIDED)
        go_on(session, actor, proposal=proposal, decision=decision, version=version, now=now)
    return decision


def _keep(session: Session, values: Mapping[str, Any]) -> Decision | None:
    """None where the round has a live decision."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    keeping = (
        insert(Decision).values(Decision.insertable(values)).on_conflict_do_nothing().returning(Decision)
    )
    return session.scalars(keeping).one_or_none()


def refuse_decided(session: Session, proposal: Proposal, act: Act = Act.APPROVE) -> None:
    """Raises ``Conflict``: ``already_decided`` or ``not_waiting``. What a page asks before it offers a decision."""
    if not _may_take(proposal, act) or find_live_decision(session, proposal) is not None:
        raise too_late(session, proposal)


def _may_take(proposal: Proposal, act: Act) -> bool:
    return is_possible(ProposalStatus(proposal.status), act, Who.APPROVER)


def too_late(session: Session, proposal: Proposal) -> Conflict:
    """Who decided what and when; or where the proposal went instead."""
    outcome = find_outcome(session, proposal.id)
    if outcome.decided_at is None:
        return Conflict("not_waiting", status=outcome.status.value)
    return Conflict(
        "already_decided", by=outcome.decided_by, at=outcome.decided_at.isoformat(), kind=outcome.kind
    )


def record_decision_refusal(
    session: Session, actor: Actor, *, proposal: Proposal, act: Act, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    record_about(session, actor, proposal, "decision:refused", now=now, act=act.value, code=error.code)


def _likeness(session: Session, proposal: Proposal) -> str | None:
    """Of what was asked for, as it waited: a counter is counted with the cases that it answers."""
    item = session.get(ReviewItem, proposal.id)
    if item is None:
        return None
    return likeness_of(
        kind=item.kind, dpd=item.dpd, amount_minor=item.amount_minor, currency=item.currency
    ).key


def _decision(
    actor: Actor, proposal: Proposal, version: ProposalVersion, verdict: Verdict, now: datetime
) -> dict[str, Any]:
    waits = DecisionState.WAITS_SECOND if verdict.because else state_of_decided(verdict.kind)
    return {
        "proposal_id": proposal.id,
        "review_round": proposal.review_round,
        "version_number": version.number,
        "content_hash": version.content_hash,
        "kind": verdict.kind.value,
        "state": waits.value,
        "plan_kind": version.kind,
        "by_policy": False,
        "policy_version": version.policy_version,
        "policy_arm": version.policy_arm,
        "maker_borrower_id": proposal.borrower_id,
        "drafter_staff_id": proposal.drafted_by_staff_id,
        "first_staff_id": actor.id,
        "needs_second": bool(verdict.because),
        "second_because": [reason.value for reason in verdict.because],
        "reason_code": verdict.reason_code,
        "reason_text": verdict.text.strip(),
        "would_accept": verdict.would_accept.strip(),
        "guarantor": verdict.guarantor,
        "decided_at": now,
        "sent_at": now if waits is DecisionState.SENT else None,
    }
