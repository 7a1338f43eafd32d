"""A plan that broke: it may go on once, or be ended after its borrower was told why and how much is left (the agreement's clause on
breach, decision 0270).
"""

from datetime import date, timedelta
from typing import Final

from portal.domain.errors import Conflict, DomainError
from portal.domain.plan_progress import PlanProgress
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import PlanEndReason

NOTICE_DAYS: Final = 10
"""So many whole days lie between telling a borrower that a plan is to be ended and its end: as many as a missed payment is given."""


def refuse_not_broken(status: ProposalStatus) -> None:
    """Raises ``Conflict("plan_not_broken")``."""
    if status is not ProposalStatus.BROKEN:
        raise Conflict("plan_not_broken", status=status.value)


def refuse_reinstating(progress: PlanProgress, *, reinstated_on: date | None, has_other: bool) -> None:
    """Once for a plan, only where something of it is left, and not beside another plan for the loan that was signed.

    That its last date has passed is no reason against it: a plan may break at its last payment.

    Raises:
        DomainError: ``reinstated_before``, ``nothing_left_of_plan``.
        Conflict: ``other_plan_exists``.

    """
    if reinstated_on is not None:
        raise DomainError("reinstated_before", rule="P20")
    refuse_paid(progress)
    if has_other:
        raise Conflict("other_plan_exists")


def refuse_paid(progress: PlanProgress) -> None:
    """A plan of which everything is paid is neither taken up again nor ended.

    Raises:
        DomainError: ``nothing_left_of_plan``.

    """
    if progress.is_complete:
        raise DomainError("nothing_left_of_plan")


def broke_on(progress: PlanProgress) -> date | None:
    """The day on which it broke by the book as it stands: the first after the days to make a payment good. None where none is missed."""
    missed = [row.cure_until for row in progress.rows if row.met_on is None or row.met_on > row.cure_until]
    day = min(missed, default=None)
    return None if day is None or day >= progress.on else day + timedelta(days=1)


def is_true(reason: PlanEndReason, progress: PlanProgress) -> bool:
    """Whether a reason to end a plan says what the book says. What a person knows better than the book is true as they say it."""
    since = broke_on(progress)
    paid = since is not None and any(entry.payment.paid_on >= since for entry in progress.allocations)
    if reason is PlanEndReason.NOTHING_PAID_SINCE:
        return since is not None and not paid
    if reason is PlanEndReason.TOO_LITTLE_PAID_SINCE:
        return paid and progress.due_now > 0
    return reason is not PlanEndReason.BROKE_AGAIN or progress.reinstated_on is not None


def refuse_untrue(reason: PlanEndReason, progress: PlanProgress) -> None:
    """A borrower is not told of payments what the book knows better.

    Raises:
        DomainError: ``reason_no_longer_true``.

    """
    if not is_true(reason, progress):
        raise DomainError("reason_no_longer_true", field="reason", rule="P20")


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
