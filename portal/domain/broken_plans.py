"""A plan that broke: it may go on once, or be ended after its borrower was told why and how much is left (the agreement's clause on
breach, decision 0270).
"""

from datetime import date, timedelta
from typing import Final

from portal.domain.errors import Conflict, DomainError
from portal.domain.plan_progress import PlanProgress
from portal.domain.proposals import ProposalStatus

NOTICE_DAYS: Final = 10
"""So many whole days lie between telling a borrower that a plan is to be ended and its end: as many as a missed payment is given."""


def refuse_not_broken(status: ProposalStatus) -> None:
    """Raises ``Conflict("plan_not_broken")``."""
    if status is not ProposalStatus.BROKEN:
        raise Conflict("plan_not_broken", status=status.value)


def refuse_reinstating(progress: PlanProgress, *, reinstated_on: date | None, has_other: bool) -> None:
    """Once for a plan, only where something of it is left, and not beside another plan for the loan.

    That its last date has passed is no reason against it: a plan may break at its last payment.

    Raises:
        DomainError: ``reinstated_before``, ``nothing_left_of_plan``.
        Conflict: ``other_plan_exists``.

    """
    if reinstated_on is not None:
        raise DomainError("reinstated_before", rule="P20")
    if progress.is_complete:
        raise DomainError("nothing_left_of_plan")
    if has_other:
        raise Conflict("other_plan_exists")


def may_end_from(told_on: date) -> date:
    """The first day on which the plan may be ended."""
    return told_on + timedelta(days=NOTICE_DAYS + 1)


def refuse_ending(told_on: date | None, *, today: date, has_answer: bool) -> None:
    """Nobody's plan ends before they were told, and had time to answer; nor while what they answered waits for us.

    Raises:
        DomainError: ``end_not_told``, ``end_too_early`` (detail ``earliest``), ``answer_waits``.

    """
    if told_on is None:
        raise DomainError("end_not_told", rule="P20")
    if today < may_end_from(told_on):
        raise DomainError("end_too_early", rule="P20", earliest=may_end_from(told_on).isoformat())
    if has_answer:
        raise DomainError("answer_waits", rule="P20")
