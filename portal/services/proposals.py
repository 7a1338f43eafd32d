"""What a borrower does with a proposal after signing it: withdraw it, or ask another person after a decline."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.domain.permissions import Actor, require_borrower
from portal.domain.policy import Referral, answer_by, offer_days_on
from portal.domain.proposals import Act, ProposalStatus, Who
from portal.models import Decision, Loan, Proposal
from portal.queries.proposals import find_open_proposal, get_signed_version, runs_beside
from portal.queries.situations import Situation
from portal.services.facts_moved import refuse_moved_facts
from portal.services.holds import end_hold, start_hold
from portal.services.moves import end_values, move_proposal
from portal.services.overtaking import overtake_decision
from portal.services.record import record_about
from portal.services.waiting import put_in_queue

REVIEW_WITHIN = timedelta(days=15)


def withdraw_proposal(session: Session, actor: Actor, *, proposal: Proposal, now: datetime) -> None:
    """Take a proposal back before it is decided, claimed or not; the first commit wins. Twice is as once."""
    require_borrower(actor, borrower_id=proposal.borrower_id)
    if proposal.status == ProposalStatus.WITHDRAWN:
        return
    move_proposal(session, proposal, Act.WITHDRAW, Who.BORROWER, **end_values(now))
    overtake_decision(session, actor, proposal=proposal, by="withdrawn", now=now)
    record_about(
        session,
        actor,
        proposal,
        "plan:withdrawn",
        now=now,
        version_number=proposal.version_number,
    )
    end_hold(
        session, actor, loan_id=proposal.loan_id, kind=HoldKind.PROPOSAL_PENDING, reason="withdrawn", now=now
    )


def ask_review(
    session: Session,
    actor: Actor,
    *,
    proposal: Proposal,
    situation: Situation,
    now: datetime,
) -> None:
    """After a decline: another person looks again, once, within 15 days (rule P15). ``now`` is in the lender's zone.

    Raises:
        AccessRefused: ``only_the_borrower``.
        DomainError: ``review_already_asked``, ``review_too_late``.
        Conflict: ``plan_already_runs``, ``open_proposal_exists``, ``facts_moved``, ``move_not_possible``.

    """
    require_borrower(actor, borrower_id=proposal.borrower_id)
    # An approver who lets a broken plan of this loan go on waits for this, or is seen here.
    session.execute(select(Loan.id).where(Loan.id == proposal.loan_id).with_for_update())
    if proposal.status == ProposalStatus.DECLINED:
        _refuse_review(session, proposal, now)
    version = get_signed_version(session, proposal)
    refuse_moved_facts(session, version, proposal.loan_id)
    promised = answer_by(now, situation.policy, situation.calendar)
    move_proposal(
        session,
        proposal,
        Act.ASK_A_PERSON,
        Who.BORROWER,
        review_round=proposal.review_round + 1,
        promised_by=promised,
        calendar_version=situation.calendar.version,
        ended_at=None,
        closes_at=now + timedelta(days=offer_days_on(now.date(), situation.policy, situation.calendar)),
    )
    put_in_queue(
        session,
        proposal,
        version,
        situation=situation,
        deadline_at=promised,
        reason=Referral.ASKED_FOR_A_PERSON,
        now=now,
    )
    record_about(
        session,
        actor,
        proposal,
        "plan:review_requested",
        now=now,
        review_round=proposal.review_round,
        promised_by=promised.isoformat(),
    )
    start_hold(
        session,
        actor,
        loan_id=proposal.loan_id,
        kind=HoldKind.PROPOSAL_PENDING,
        reason=proposal.reference,
        now=now,
    )


def _refuse_review(session: Session, proposal: Proposal, now: datetime) -> None:
    """Of a decline: once, in time, and where nothing else runs beside it. Raises as ``ask_review``."""
    declines = session.scalar(
        select(func.count())
        .select_from(Decision)
        .where(Decision.proposal_id == proposal.id, Decision.kind == "decline", Decision.state == "sent")
    )
    if (declines or 0) > 1:
        raise DomainError("review_already_asked")
    if proposal.ended_at is not None and now > proposal.ended_at + REVIEW_WITHIN:
        raise DomainError("review_too_late")
    if runs_beside(session, proposal):
        raise Conflict("plan_already_runs")
    if find_open_proposal(session, proposal.loan_id) is not None:
        raise Conflict("open_proposal_exists")
