"""What is to be paid when, day by day: a plan and doing nothing told in the same way, so that they can be laid side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.doing_nothing import DoingNothing
from portal.domain.plans import Plan


class PayDayKind(StrEnum):
    """What a payment is for."""

    OVERDUE = "overdue"
    USUAL = "usual"
    """An installment of the running schedule."""
    PLAN = "plan"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True)
class PayDay:
    """One sum on one day, minor units."""

    on: date
    minor: int
    kind: PayDayKind


def pay_days_of(plan: Plan, *, until: date) -> Sequence[PayDay]:
    """The plan's payments, with the usual installments that go on besides up to ``until``, in the order of their dates."""
    days = [PayDay(row.due_on, row.due, PayDayKind.PLAN) for row in plan.rows]
    usual = [
        PayDay(row.due_on, row.due, PayDayKind.USUAL) for row in plan.running_rows if row.due_on <= until
    ]
    return sorted([*usual, *days], key=lambda day: day.on)


def pay_days_without_plan(nothing: DoingNothing) -> Sequence[PayDay]:
    """All that is overdue at once, the usual installments as they come, and the penalty that grew meanwhile on the last day."""
    overdue = PayDay(nothing.on, nothing.today.total, PayDayKind.OVERDUE)
    usual = [PayDay(row.due_on, row.outstanding.total, PayDayKind.USUAL) for row in nothing.coming]
    penalty = PayDay(nothing.until, nothing.penalty_added, PayDayKind.PENALTY)
    return [overdue, *usual, *([penalty] if penalty.minor else [])]


def most_in_a_month(plan: Plan) -> int:
    """What must be managed in one calendar month at most, usual installments until the plan's end included.

    Reckoned dates count, not those moved for a holiday: a payment that slips by a weekend is not two in a month.
    """
    sums: dict[tuple[int, int], int] = {}
    for row in (*plan.rows, *(row for row in plan.running_rows if row.due_on <= plan.ends_on)):
        day = row.date_moved_from or row.due_on
        sums[day.year, day.month] = sums.get((day.year, day.month), 0) + row.due
    return max(sums.values())
