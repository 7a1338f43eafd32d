"""What plans of everything owed share (reschedule, step_up): the sum lent anew, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import Components, LoanFacts
from portal.domain.owed import Owed
from portal.domain.plans import ArrearsTreatment
from portal.domain.schedules import ScheduleRow
from portal.domain.spreading import added, kept, waived, without_principal
from portal.domain.upfront import Upfront, paid_first, share_of


@dataclass(frozen=True, slots=True)
class LentAnew:
    """``lent`` bears interest from today; ``apart`` (beside principal) bears none; ``first`` is paid upfront and
    bears none either, from today on. Minor units.
    """

    lent: int
    apart: Components
    first: Components
    upfront: Upfront | None
    principal: int
    is_capitalised: bool
    waived: Components

    def draft(
        self, dates: Sequence[date], rows: Sequence[ScheduleRow], extras: Sequence[Components]
    ) -> Draft:
        """``rows`` repay what is lent, ``extras`` what stands apart."""
        parts = [Components(principal=row.principal, interest=row.interest) for row in rows]
        draft = Draft(
            dates=dates,
            parts=added(parts, extras),
            left_after=[row.balance for row in rows],
            advance=self.lent + self.apart.total,
            financed=self.lent,
            repays=self.principal,
            waived=self.waived,
        )
        financed = self.first.total if self.is_capitalised else self.first.principal
        return paid_first(draft, self.upfront, self.first, left=self.lent, financed=financed)


def lend_anew(
    loan: LoanFacts, owed: Owed, *, treatment: ArrearsTreatment, upfront: Upfront | None
) -> LentAnew:
    """Raises ``no_principal_left``, and what ``upfront.share_of`` raises."""
    is_capitalised = treatment is ArrearsTreatment.CAPITALISED
    total = Components(principal=owed.principal) + kept(owed.beside_principal, treatment)
    if owed.principal + (total.total if is_capitalised else 0) <= 0:
        raise DomainError("no_principal_left", field="kind")
    first = share_of(total, upfront, currency=loan.currency)
    rest = total - first
    apart = Components() if is_capitalised else without_principal(rest)
    return LentAnew(
        lent=rest.total - apart.total,
        apart=apart,
        first=first,
        upfront=upfront,
        principal=rest.principal,
        is_capitalised=is_capitalised,
        waived=waived(owed.beside_principal, treatment),
    )
