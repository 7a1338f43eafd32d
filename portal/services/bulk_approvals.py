"""Approving together: case by case the same verb, the same guards and the same events as alone."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.bulk import refuse_apart
from portal.domain.errors import NotFound
from portal.domain.offers import judge
from portal.domain.permissions import Actor
from portal.domain.plans import Plan
from portal.domain.reasons import ApproveReason
from portal.models import Decision, Proposal, ProposalVersion
from portal.queries.plans import plan_of
from portal.queries.proposals import get_signed_version
from portal.queries.situations import Situation
from portal.queries.waiting_threads import waiting_among
from portal.services.claims import claim_case
from portal.services.deciding import Seen, refuse_decided, second_wanted, situation_at_desk
from portal.services.decisions import Approval, approve_proposal
from portal.services.facts_moved import refuse_moved_facts


@dataclass(frozen=True, slots=True)
class BulkCase:
    """One case of several, with what it is judged by."""

    proposal: Proposal
    version: ProposalVersion
    plan: Plan
    situation: Situation


def bulk_case(session: Session, proposal: Proposal, *, today: date) -> BulkCase:
    """A case that may be approved together with others as it stands now.

    Raises ``Conflict``: ``not_waiting``, ``already_decided``, ``facts_moved``, and what ``refuse_apart`` raises.
    """
    refuse_decided(session, proposal)
    version = get_signed_version(session, proposal)
    refuse_moved_facts(session, version, proposal.loan_id)
    plan, situation = plan_of(version), situation_at_desk(session, proposal, today)
    refuse_apart(
        findings=judge(plan, situation.standing).reasons,
        seconds=second_wanted(plan, situation),
        came_back=_was_decided(session, proposal),
        has_message=bool(waiting_among(session, [proposal.id])),
    )
    return BulkCase(proposal, version, plan, situation)


def approve_in_bulk(
    session: Session, actor: Actor, *, seen: Seen, reason: ApproveReason, today: date, now: datetime
) -> Decision:
    """Take the case, judge it anew, approve what was on the page. To be called in a savepoint: a case that is left out stays untouched.

    Raises what ``refuse_decided``, ``claim_case``, ``bulk_case`` and ``approve_proposal`` raise.
    """
    proposal = session.get(Proposal, seen.proposal_id, populate_existing=True)
    if proposal is None:
        raise NotFound("not_found")
    refuse_decided(session, proposal)
    claim_case(session, actor, proposal=proposal, now=now)
    bulk_case(session, proposal, today=today)
    return approve_proposal(session, actor, seen=seen, approval=Approval(reason=reason), today=today, now=now)


def _was_decided(session: Session, proposal: Proposal) -> bool:
    """Whether anybody has decided anything on it yet, undone or refused included."""
    found = session.scalar(select(func.count()).where(Decision.proposal_id == proposal.id))
    return bool(found) or proposal.review_round > 1
