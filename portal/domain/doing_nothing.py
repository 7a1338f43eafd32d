"""What doing nothing would cost by a date: the comparison beside each plan, without threats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.owed import Owed, owed_on
from portal.domain.penalty import accrued_penalty


@dataclass(frozen=True, slots=True)
class DoingNothing:
    """Minor units. ``penalty_added`` grows until ``until`` on what is overdue today; ``falls_due`` are the
    payments of the running schedule that come up to that day besides (``coming``, one by one), with no
    penalty counted on them.
    """

    on: date
    until: date
    today: Components
    penalty_added: int
    coming: Sequence[InstallmentFacts]

    @property
    def falls_due(self) -> Components:
        return sum((row.outstanding for row in self.coming), Components())

    @property
    def arrears_then(self) -> Components:
        return self.today + Components(penalty=self.penalty_added)

    @property
    def total_then(self) -> int:
        return self.arrears_then.total + self.falls_due.total


def doing_nothing(loan: LoanFacts, *, on: date, until: date, owed: Owed | None = None) -> DoingNothing:
    """Priced to a plan's own end date, so that the two can be laid side by side; raises ``nothing_overdue``. ``owed`` as for
    ``price_plan``.
    """
    owed = owed or owed_on(loan, on)
    late = {row.number for row in owed.arrears.installments}
    then = sum(accrued_penalty(loan, row, on=until) for row in loan.installments if row.number in late)
    return DoingNothing(
        on=on,
        until=until,
        today=owed.arrears.parts,
        penalty_added=max(0, then - owed.arrears.accrued_penalty),
        coming=tuple(row for row in owed.coming if row.due_on <= until),
    )
