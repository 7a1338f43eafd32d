"""Paying everything at once before its time: interest for the days that really passed, no fee (Civil Code art. 677, rule P12)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.domain.loans import Components, LoanFacts
from portal.domain.owed import all_owed
from portal.domain.plan_changes import is_apart
from portal.domain.plan_progress import PlanProgress
from portal.domain.plans import Plan, PlanKind


@dataclass(frozen=True, slots=True)
class EarlyPayment:
    """What settles a loan on a day, if nothing else is paid until then; ``saved`` is what need not be paid any more. Minor units."""

    on: date
    parts: Components
    saved: int

    @property
    def total(self) -> int:
        return self.parts.total


def early_payment(loan: LoanFacts, on: date) -> EarlyPayment:
    """All principal, what is late with its penalty, the running period's interest up to ``on`` by its days, and fees agreed before."""
    owed = all_owed(loan, on)
    parts = Components(principal=owed.principal) + owed.beside_principal
    as_planned = owed.arrears.total + sum(row.outstanding.total for row in owed.coming)
    return EarlyPayment(on, parts, max(0, as_planned - parts.total))


_EXACT: Final = (PlanKind.CATCH_UP, PlanKind.PAY_BY_DATE, PlanKind.RESCHEDULE, PlanKind.STEP_UP)


def is_exact_for(plan: Plan, progress: PlanProgress) -> bool:
    """Whether the sum can be told to the cent. Where dates were moved, several periods' interest runs at once: a person works it out."""
    return is_apart(plan, progress) and plan.kind in _EXACT
