"""What each kind of plan works out, before dates move and costs are counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.loans import Components
from portal.domain.plans import NOTHING


@dataclass(frozen=True, slots=True)
class Draft:
    """Payments on their reckoned dates.

    ``advance`` is what is owed today under the plan; ``financed`` the sum that its annualised cost is
    measured against; ``repays`` the part of the payments that is principal of before the plan. ``left_after``
    is what remains after each payment: of what the plan spreads (catch_up, pay_by_date, settlement), of the
    principal (other kinds). ``waived`` is not paid at all. Minor units. With ``has_upfront`` the first payment
    is the sum paid first, and no installment.
    """

    dates: Sequence[date]
    parts: Sequence[Components]
    left_after: Sequence[int]
    advance: int
    financed: int
    repays: int
    waived: Components = NOTHING
    has_upfront: bool = False

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts)
