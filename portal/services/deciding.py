"""What every decision of staff goes through: who may, what was seen, and one live decision a round.

Two guards stand, each enough by itself: the proposal's row is compared and set, and a round has one live decision by constraint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
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
from portal.models import Decision, Loan, Proposal, ProposalVersion, ReviewItem
from portal.queries.involvement import involved_in
from portal.queries.outcomes import find_outcome
from portal.queries.proposals import find_live_decision, get_signed_version
from portal.queries.situations import Situation, situation_for
from portal.services.claims import refuse_without_claim
from portal.services.facts_moved import refuse_moved_facts
from portal.services.moves import keep_still
from portal.services.record import record_about
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


def open_for_decision(
    session: Session, actor: Actor, kind: DecisionKind, seen: Seen, now: datetime
) -> tuple[Proposal, ProposalVersion]:
    """The proposal and the version that was signed, where this person may decide just that, now.

    Raises:
        AccessRefused: ``permission_missing``, or what ``refuse_involved`` says.
        Conflict: ``already_decided`` (details by, at, kind), ``not_waiting`` (status), ``claim_needed``, ``claimed_by_other``,
            ``proposal_moved``, ``content_changed``, ``facts_moved``.

    """
    require(actor, Permission.PROPOSAL_DECIDE)
    assert actor.id is not None
    proposal = session.get(Proposal, seen.proposal_id, populate_existing=True)
    if proposal is None:
        raise NotFound("not_found")
    refuse_involved(actor.id, involved_in(session, proposal))
    refuse_decided(session, proposal, ACTS[kind])
    refuse_without_claim(session, actor, proposal_id=proposal.id, now=now)
    version = get_signed_version(session, proposal)
    refuse_unseen(proposal, seen, version.content_hash)
    lock_facts(session, proposal, version)
    return proposal, version


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
    decision = _decision(actor, proposal, version, verdict, now)
    decision.likeness = _likeness(session, proposal)
    try:
        keep_still(session, proposal, expected_row_version=seen.row_version)
        with session.begin_nested():
            session.add(decision)
    except (Conflict, IntegrityError) as error:
        raise too_late(session, proposal) from error
    go_on(session, actor, proposal=proposal, decision=decision, now=now)
    return decision


def refuse_decided(session: Session, proposal: Proposal, act: Act = Act.APPROVE) -> None:
    """Raises ``Conflict``: ``already_decided`` or ``not_waiting``. What a page asks before it offers a decision."""
    is_open = is_possible(ProposalStatus(proposal.status), act, Who.APPROVER)
    if not is_open or find_live_decision(session, proposal) is not None:
        raise too_late(session, proposal)


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
) -> Decision:
    waits = DecisionState.WAITS_SECOND if verdict.because else state_of_decided(verdict.kind)
    return Decision(
        proposal_id=proposal.id,
        review_round=proposal.review_round,
        version_number=version.number,
        content_hash=version.content_hash,
        kind=verdict.kind.value,
        state=waits.value,
        plan_kind=version.kind,
        by_policy=False,
        policy_version=version.policy_version,
        policy_arm=version.policy_arm,
        maker_borrower_id=proposal.borrower_id,
        drafter_staff_id=proposal.drafted_by_staff_id,
        first_staff_id=actor.id,
        needs_second=bool(verdict.because),
        second_because=[reason.value for reason in verdict.because],
        reason_code=verdict.reason_code,
        reason_text=verdict.text.strip(),
        would_accept=verdict.would_accept.strip(),
        guarantor=verdict.guarantor,
        decided_at=now,
    )
