"""Loans of the demo's book: what was agreed, what was paid, and how the lender's system states them on a day."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from portal.domain.allocation import Payment, allocate
from portal.domain.calendar import Every, Unit
from portal.domain.loans import Components, InstallmentFacts, Stage
from portal.domain.rounding import Rounding
from portal.domain.schedules import ScheduleTerms, schedule_of

MONTH: Final = Every(1, Unit.MONTH)
CREDITOR: Final = "安心消费金融有限公司"
DAYS_IN_YEAR: Final = 365

STAGES: Final[Mapping[Stage, tuple[int, str]]] = {
    Stage.REMINDER: (1, "逾期 1 至 30 天，由还款提醒组联系"),
    Stage.INTERNAL: (31, "逾期超过 30 天，由本公司还款协商组联系"),
    Stage.AGENCY: (61, "逾期超过 60 天，已书面通知并委托正信服务有限公司"),
    Stage.LEGAL: (121, "逾期超过 120 天，已交法务部门准备材料，尚未起诉"),
}
"""From how many days late, and on what basis, as the book says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLoan:
    """One account. The first ``paid`` installments were met; the next falls due ``late`` days before today (below 0: is to come).

    ``principal`` is minor units; ``furthest`` the latest stage that it ever reaches.
    """

    ref: str
    borrower_ref: str
    late: int
    paid: int
    installments: int = 12
    principal: int = 1_200_000
    annual_rate_pct: Decimal = Decimal("14.4")
    penalty_rate_pct: Decimal = Decimal("21.6")
    product: str = "cash_loan"
    lender_type: str = "consumer_finance"
    furthest: Stage = Stage.INTERNAL
    has_guarantor: bool = False
    is_disputed: bool = False
    is_charged_off: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in outside the loan's own schedule: under a plan, or on account."""

    paid_on: date
    amount: int


class LenderBook:
    """The lender's own system, as far as the demo needs one. ``today`` is the business date of the demo."""

    def __init__(self, loans: Sequence[DemoLoan], today: date) -> None:
        self.loans = {loan.ref: loan for loan in loans}
        self._today = today
        self._receipts: defaultdict[str, list[Receipt]] = defaultdict(list)
        self._stopped: dict[str, Mapping[int, int]] = {}
        self._resumed: dict[str, date] = {}

    def receive(self, ref: str, paid_on: date, amount: int) -> None:
        self._receipts[ref].append(Receipt(paid_on, amount))

    def stop_penalty(self, ref: str, by_number: Mapping[int, int]) -> None:
        """A plan is in force: the penalty of its arrears (minor units by installment) grows no more."""
        self._stopped[ref] = by_number

    def resume_penalty(self, ref: str, on: date) -> None:
        """The plan is over."""
        self._resumed[ref] = on

    def due_dates(self, ref: str) -> Sequence[date]:
        loan = self.loans[ref]
        anchor = self._today - timedelta(days=loan.late)
        return [MONTH.after(anchor, number - loan.paid) for number in range(loan.installments)]

    def disbursed_on(self, ref: str) -> date:
        return MONTH.after(self.due_dates(ref)[0], -1)

    def installments(self, ref: str, on: date) -> Sequence[InstallmentFacts]:
        """The schedule as it stands at the end of a day."""
        rows = [self._on_schedule(self.loans[ref], row, on) for row in self._schedule(ref)]
        for reference, paid_on, amount in self._received(ref, on):
            paid = dict(allocate(rows, Payment(reference, paid_on, amount)).rows)
            rows = [replace(row, paid=row.paid + paid.get(row.number, Components())) for row in rows]
        return rows

    def payments(self, ref: str, on: date) -> Iterator[tuple[str, date, int]]:
        """(reference, day, minor units) of everything received up to a day."""
        for row in self._schedule(ref):
            if row.number <= self.loans[ref].paid and row.due_on <= on:
                yield f"{ref}-{row.number:02}", row.due_on, row.due.total
        yield from self._received(ref, on)

    def stage(self, ref: str, rows: Sequence[InstallmentFacts], on: date) -> Stage | None:
        late = max(((on - row.due_on).days for row in rows if not row.is_met), default=0)
        reached = [stage for stage, (days, _) in STAGES.items() if days <= late]
        allowed = list(Stage)[: list(Stage).index(self.loans[ref].furthest) + 1]
        return next((stage for stage in reversed(allowed) if stage in reached), None)

    def _received(self, ref: str, on: date) -> Iterator[tuple[str, date, int]]:
        for number, receipt in enumerate(self._receipts[ref], start=1):
            if receipt.paid_on <= on:
                yield f"{ref}-R{number}", receipt.paid_on, receipt.amount

    def _schedule(self, ref: str) -> Sequence[InstallmentFacts]:
        loan = self.loans[ref]
        terms = ScheduleTerms(
            principal=loan.principal,
            annual_rate_pct=loan.annual_rate_pct,
            installments=loan.installments,
            every=MONTH,
            disbursed_on=self.disbursed_on(ref),
        )
        rows = schedule_of(terms, moved_to=self.due_dates(ref)).rows
        return [
            InstallmentFacts(row.number, row.due_on, Components(row.principal, row.interest), Components())
            for row in rows
        ]

    def _on_schedule(self, loan: DemoLoan, row: InstallmentFacts, on: date) -> InstallmentFacts:
        if row.number <= loan.paid:
            return replace(row, paid=row.due) if row.due_on <= on else row
        return replace(row, due=row.due + Components(penalty=self._penalty(loan, row, on)))

    def _penalty(self, loan: DemoLoan, row: InstallmentFacts, on: date) -> int:
        stopped = self._stopped.get(loan.ref)
        if stopped is None:
            return _grown(loan, row, row.due_on, on)
        return stopped.get(row.number, 0) + _grown(loan, row, self._resumed.get(loan.ref, on), on)


def _grown(loan: DemoLoan, row: InstallmentFacts, start: date, end: date) -> int:
    days = max(0, (end - max(start, row.due_on)).days)
    return Rounding.HALF_EVEN.of_fraction(
        Fraction(loan.penalty_rate_pct) / 100 * row.due.principal * days / DAYS_IN_YEAR
    )
