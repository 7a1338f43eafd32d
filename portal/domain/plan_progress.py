"""Where a plan in force stands by its dates."""

from datetime import date

from portal.domain.plans import Plan, PlanRow


def next_payment(plan: Plan, *, on: date) -> PlanRow | None:
    """The payment due on or after a day; None where the last one's date is past."""
    return next((row for row in plan.rows if row.due_on >= on), None)
