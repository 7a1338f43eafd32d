"""Asking to change a plan in force: a draft of its own, filled in beforehand, that takes the plan's place once it is approved."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import DomainError
from portal.domain.permissions import Actor
from portal.domain.plan_changes import Change, Wish, refuse_change, wishes_for
from portal.domain.proposals import ProposalStatus
from portal.models import Proposal
from portal.queries.proposals import find_open_proposal
from portal.queries.running_plans import RunningPlan
from portal.services.record import record_about
from portal.services.references import new_public_id, new_reference


def start_change(
    session: Session,
    actor: Actor,
    *,
    running: RunningPlan,
    change: Change,
    monthly: int,
    keep_days: int,
    now: datetime,
) -> Proposal:
    """The draft of a change, to be checked and signed like any plan. One that is a draft yet is filled in anew; another open one stands.

    Raises:
        Conflict: ``plan_not_in_force``.
        DomainError: ``change_not_possible`` where a plan of this kind is not changed in this way.

    """
    refuse_change(running.status)
    if change.wish not in wishes_for(running.plan, running.progress):
        raise DomainError("change_not_possible", field="wish")
    draft = find_open_proposal(session, running.proposal.loan_id) or _add(
        session, actor, running, keep_days=keep_days, now=now
    )
    is_ours = draft.status == ProposalStatus.DRAFT and draft.replaces_id == running.proposal.id
    if is_ours and draft.answers != change.answers(monthly):
        draft.answers = change.answers(monthly)
        session.flush()
        record_about(
            session,
            actor,
            draft,
            "plan:change_started",
            now=now,
            wish=change.wish.value,
            replaces=running.proposal.reference,
        )
    return draft


def record_change_refusal(
    session: Session, actor: Actor, *, running: RunningPlan, wish: Wish, error: DomainError, now: datetime
) -> None:
    """A refusal is an event too; to be called after the refused act was rolled back."""
    record_about(
        session, actor, running.proposal, "plan:change_refused", now=now, wish=wish.value, code=error.code
    )


def refuse_ended_base(session: Session, proposal: Proposal) -> None:
    """Raises ``Conflict("plan_not_in_force")`` where the plan that is to be changed has ended meanwhile."""
    if proposal.replaces_id is not None:
        base = session.get_one(Proposal, proposal.replaces_id, populate_existing=True)
        refuse_change(ProposalStatus(base.status))


def _add(session: Session, actor: Actor, running: RunningPlan, *, keep_days: int, now: datetime) -> Proposal:
    draft = Proposal(
        public_id=new_public_id(),
        reference=new_reference("P"),
        loan_id=running.proposal.loan_id,
        borrower_id=running.proposal.borrower_id,
        status=ProposalStatus.DRAFT.value,
        answers={},
        referral_reasons=[],
        replaces_id=running.proposal.id,
        made_at=now,
        closes_at=now + timedelta(days=keep_days),
    )
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        # Two taps at once: the unique index let one through, and both go on with it.
        other = find_open_proposal(session, running.proposal.loan_id)
        if other is None:
            raise
        return other
    record_about(session, actor, draft, "plan:started", now=now, reference=draft.reference)
    return draft
