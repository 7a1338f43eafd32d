"""Two plans side by side: what one changes of the other, figure by figure and payment by payment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from types import MappingProxyType
from typing import Final

from portal.domain.loans import Components
from portal.domain.plans import Plan, PlanRow


class Figure(StrEnum):
    """What people compare, in the order in which they ask for it."""

    KIND = "kind"
    PAYMENTS = "payments"
    LARGEST = "largest"
    FIRST_ON = "first_on"
    ENDS_ON = "ends_on"
    TOTAL = "total"
    BEYOND_PRINCIPAL = "beyond_principal"
    ANNUAL_COST = "annual_cost"
    WAIVED = "waived"
    """Told where one of the plans gives something up."""


Value = str | int | date | None


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure of both plans. Sums are minor units, the annual cost is decimal text or None."""

    figure: Figure
    before: Value
    after: Value

    @property
    def is_changed(self) -> bool:
        return self.before != self.after

    @property
    def by(self) -> int:
        """How much more (below 0: less): minor units, payments or days."""
        if isinstance(self.before, int) and isinstance(self.after, int):
            return self.after - self.before
        if isinstance(self.before, date) and isinstance(self.after, date):
            return (self.after - self.before).days
        return 0


@dataclass(frozen=True, slots=True)
class PaymentChange:
    """The payments of one number in both plans; None where one has no such payment."""

    number: int
    before: PlanRow | None
    after: PlanRow | None

    @property
    def is_changed(self) -> bool:
        return self._of(self.before) != self._of(self.after)

    @staticmethod
    def _of(row: PlanRow | None) -> tuple[date, int] | None:
        return None if row is None else (row.due_on, row.due)


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """Everything that differs, and what does not."""

    figures: Sequence[FigureChange]
    payments: Sequence[PaymentChange]

    @property
    def changed(self) -> Sequence[FigureChange]:
        return [change for change in self.figures if change.is_changed]


def plan_difference(before: Plan, after: Plan) -> PlanDifference:
    """From what was signed to what is offered."""
    rows = enumerate(zip_longest(before.rows, after.rows), start=1)
    changes = [FigureChange(figure, value(before), value(after)) for figure, value in _VALUES.items()]
    return PlanDifference(
        figures=[
            change
            for change in changes
            if change.figure is not Figure.WAIVED or change.before or change.after
        ],
        payments=[PaymentChange(number, old, new) for number, (old, new) in rows],
    )


def _beside(plan: Plan) -> Components:
    """The usual installments that go on beside the plan: with them two kinds of plan cover the same debt, and can be compared."""
    return sum((row.parts for row in plan.running_rows), Components())


def _beyond(parts: Components) -> int:
    return parts.total - parts.principal


_VALUES: Final[Mapping[Figure, Callable[[Plan], Value]]] = MappingProxyType(
    {
        Figure.KIND: lambda plan: plan.kind.value,
        Figure.PAYMENTS: lambda plan: len(plan.rows),
        Figure.LARGEST: lambda plan: plan.most_at_a_time,
        Figure.FIRST_ON: lambda plan: plan.first_on,
        Figure.ENDS_ON: lambda plan: plan.ends_on,
        Figure.TOTAL: lambda plan: plan.cost.total_paid + _beside(plan).total,
        Figure.BEYOND_PRINCIPAL: lambda plan: plan.cost.beyond_principal + _beyond(_beside(plan)),
        Figure.ANNUAL_COST: lambda plan: plan.cost.annual_compound_pct,
        Figure.WAIVED: lambda plan: plan.waived.total,
    }
)
