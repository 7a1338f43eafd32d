"""The queue: a proposal begins to wait for a person, and the stages of its wait."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from portal.domain.agreements import AgreementContent
from portal.domain.doing_nothing import doing_nothing
from portal.domain.plans import Plan
from portal.domain.policy import Referral
from portal.models import Proposal, ProposalVersion, ReviewItem
from portal.queries.plans import plan_of
from portal.queries.prepared import Prepared, given, table_of
from portal.queries.situations import Situation

_ITEMS: Final = table_of(ReviewItem)
_SET_AT_THE_START: Final = (
    "proposal_id", "stage", "deadline_at", "kind", "amount_minor", "currency", "dpd", "main_reason",
    "queued_at", "drafted_by", "plan_cost_minor", "no_plan_cost_minor",
)  # fmt: skip
_WAITING: Final = Prepared(
    insert(_ITEMS).values({name: given(name, _ITEMS.c[name].type) for name in _SET_AT_THE_START})
)


def put_in_queue(
    session: Session,
    proposal: Proposal,
    version: ProposalVersion,
    *,
    situation: Situation,
    deadline_at: datetime,
    reason: Referral,
    now: datetime,
) -> None:
    """A person has to decide this version's plan by then. The figures are those of today: the queue shows them and counts nothing."""
    plan = plan_of(version)
    plan_cost, no_plan_cost = _costs(plan, version, situation)
    session.flush()
    _WAITING.run(
        session,
        proposal_id=proposal.id,
        stage="first",
        deadline_at=deadline_at,
        kind=plan.kind.value,
        amount_minor=plan.advance,
        currency=plan.currency,
        dpd=situation.arrears.days_past_due,
        main_reason=reason.value,
        queued_at=now,
        drafted_by=proposal.drafted_by_staff_id,
        plan_cost_minor=plan_cost,
        no_plan_cost_minor=no_plan_cost,
    )


def _costs(plan: Plan, version: ProposalVersion, situation: Situation) -> tuple[int, int]:
    """What is to be paid beyond principal with the plan, and without it if nothing of what is overdue were paid until the plan's end.

    Minor units; as the case's page tells them.
    """
    cost, penalty = AgreementContent.from_data(version.content).cost, 0
    if situation.arrears.is_overdue and plan.ends_on > situation.on:
        penalty = doing_nothing(situation.facts, on=situation.on, until=plan.ends_on).penalty_added
    return cost.beyond_principal_after, cost.beyond_principal_before + penalty


def set_stage(
    session: Session,
    proposal: Proposal,
    stage: str,
    *,
    decided_by: int | None = None,
    claimed_by: int | None = None,
    claimed_until: datetime | None = None,
) -> None:
    """``first``, ``second`` or ``held``; whoever held the case gives it up, unless it is handed to them."""
    session.execute(
        update(ReviewItem)
        .where(ReviewItem.proposal_id == proposal.id)
        .values(stage=stage, decided_by=decided_by, claimed_by=claimed_by, claimed_until=claimed_until)
        .execution_options(synchronize_session=False)
    )


def take_out_of_queue(session: Session, proposal: Proposal) -> None:
    """Nothing waits any more."""
    session.execute(
        delete(ReviewItem)
        .where(ReviewItem.proposal_id == proposal.id)
        .execution_options(synchronize_session="fetch")
    )
