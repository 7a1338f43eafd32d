"""All that is owed on a loan on a day, as a plan takes it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from portal.domain.arrears import Arrears, arrears_of
from portal.domain.errors import DomainError
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.rounding import Rounding
from portal.domain.spreading import without_principal


@dataclass(frozen=True)
class Owed:
    """``overdue`` with the penalty of today, ``coming`` as the schedule has it; ``accrued`` is the running
    period's interest up to today. Minor units. The sums are added up once: a search over many plans asks for
    them again and again.
    """

    on: date
    arrears: Arrears
    coming: Sequence[InstallmentFacts]
    accrued: int

    @cached_property
    def coming_principal(self) -> int:
        return sum(row.outstanding.principal for row in self.coming)

    @cached_property
    def principal(self) -> int:
        """Principal outstanding, overdue or not."""
        return self.arrears.parts.principal + self.coming_principal

    @cached_property
    def beside_principal(self) -> Components:
        """Arrears' interest, fee and penalty, the running period's interest, and fees agreed for later."""
        fees = sum(row.outstanding.fee for row in self.coming)
        return without_principal(self.arrears.parts) + Components(interest=self.accrued, fee=fees)

    @cached_property
    def total(self) -> int:
        return self.principal + self.beside_principal.total


def owed_on(loan: LoanFacts, on: date) -> Owed:
    """What a plan takes over on the business date ``on``; raises ``nothing_overdue`` where no installment is late, unless a running
    plan is changed.
    """
    owed = all_owed(loan, on)
    if not loan.is_under_plan and owed.arrears.total <= 0:
        raise DomainError("nothing_overdue")
    return owed


def all_owed(loan: LoanFacts, on: date) -> Owed:
    """All that is owed on a day, late or not."""
    arrears = arrears_of(loan, on=on)
    late = {row.number for row in arrears.installments}
    coming = [row for row in loan.installments if not row.is_met and row.number not in late]
    return Owed(on, arrears, coming, _accrued_interest(loan, coming, on))


def _accrued_interest(loan: LoanFacts, coming: Sequence[InstallmentFacts], on: date) -> int:
    """The days' share of the next installment's own interest, less what was paid of it."""
    if not coming:
        return 0
    following = coming[0]
    start = max(
        (r.due_on for r in loan.installments if r.due_on < following.due_on), default=loan.disbursed_on
    )
    elapsed, whole = (on - start).days, (following.due_on - start).days
    if elapsed <= 0:
        return 0
    grown = Rounding(loan.rounding).of(following.due.interest * min(elapsed, whole), whole)
    return max(0, grown - following.paid.interest)
