"""What doing nothing would cost by a date: the comparison beside each plan, without threats."""

from dataclasses import dataclass
from datetime import date

from portal.domain.loans import Components, LoanFacts
from portal.domain.owed import owed_on
from portal.domain.penalty import accrued_penalty


@dataclass(frozen=True, slots=True)
class DoingNothing:
    """Minor units. ``penalty_added`` grows until ``until`` on what is overdue today; ``falls_due`` are the
    payments of the running schedule that come up to that day besides, with no penalty counted on them.
    """

    until: date
    today: Components
    penalty_added: int
    falls_due: Components

    @property
    def arrears_then(self) -> Components:
        return self.today + Components(penalty=self.penalty_added)

    @property
    def total_then(self) -> int:
        return self.arrears_then.total + self.falls_due.total


def doing_nothing(loan: LoanFacts, *, on: date, until: date) -> DoingNothing:
    """Priced to a plan's own end date, so that the two can be laid side by side; raises ``nothing_overdue``."""
    owed = owed_on(loan, on)
    late = {row.number for row in owed.arrears.installments}
    then = sum(accrued_penalty(loan, row, on=until) for row in loan.installments if row.number in late)
    coming = (row.outstanding for row in owed.coming if row.due_on <= until)
    return DoingNothing(
        until=until,
        today=owed.arrears.parts,
        penalty_added=max(0, then - owed.arrears.accrued_penalty),
        falls_due=sum(coming, Components()),
    )
