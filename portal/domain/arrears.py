"""Lateness: what is overdue on a day, since when, and in which bucket."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Final

from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.penalty import accrued_penalty, paused_days


@dataclass(frozen=True, slots=True)
class Bucket:
    """A range of delinquent days, both ends included; ``last`` None has no upper end."""

    code: str
    first: int
    last: int | None

    def holds(self, days: int) -> bool:
        return self.first <= days and (self.last is None or days <= self.last)


CN_BUCKETS: Final = (Bucket("M1", 1, 30), Bucket("M2", 31, 60), Bucket("M3", 61, 90), Bucket("M4+", 91, None))


@dataclass(frozen=True, slots=True)
class LatenessRules:
    """How a jurisdiction or a lender counts late days.

    ``due_date_counts``: the due date itself is overdue and day 1 (India).
    ``penalty_runs_while_paused``: a plan in force does not stop the penalty.
    """

    grace_days: int = 0
    due_date_counts: bool = False
    buckets: Sequence[Bucket] = CN_BUCKETS
    penalty_runs_while_paused: bool = False


@dataclass(frozen=True, slots=True)
class OverdueInstallment:
    """One installment past its date: what the book says is unpaid, and the penalty that grew since."""

    number: int
    due_on: date
    book: Components
    accrued_penalty: int

    @property
    def parts(self) -> Components:
        return self.book + Components(penalty=self.accrued_penalty)


@dataclass(frozen=True)
class Arrears:
    """What is due and unpaid on ``on``; all sums are minor units.

    ``book`` is the book's own figure, ``parts`` adds ``accrued_penalty``. ``delinquent_days`` is
    ``days_past_due`` less grace and less paused days; ``delinquent_from`` is the oldest due date plus grace.
    """

    on: date
    installments: Sequence[OverdueInstallment] = field(default=())
    days_past_due: int = 0
    paused_days: int = 0
    delinquent_days: int = 0
    delinquent_from: date | None = None
    bucket: str | None = None

    @cached_property
    def book(self) -> Components:
        return sum((row.book for row in self.installments), Components())

    @cached_property
    def accrued_penalty(self) -> int:
        return sum(row.accrued_penalty for row in self.installments)

    @cached_property
    def parts(self) -> Components:
        return self.book + Components(penalty=self.accrued_penalty)

    @cached_property
    def total(self) -> int:
        return self.parts.total

    @property
    def oldest_unpaid_on(self) -> date | None:
        return min((row.due_on for row in self.installments), default=None)

    @property
    def is_overdue(self) -> bool:
        return bool(self.installments)


def arrears_of(loan: LoanFacts, *, on: date, rules: LatenessRules | None = None) -> Arrears:
    """The loan's arrears on the business date ``on``; empty where nothing is overdue."""
    rules = rules or LatenessRules()
    rows = [
        _overdue(loan, row, on, rules) for row in loan.installments if is_overdue(row, on=on, rules=rules)
    ]
    if not rows:
        return Arrears(on)
    oldest = min(row.due_on for row in rows)
    past_due = (on - oldest).days + rules.due_date_counts
    paused = paused_days(oldest, on, loan.pauses)
    delinquent = max(0, past_due - rules.grace_days - paused)
    return Arrears(
        on=on,
        installments=tuple(rows),
        days_past_due=past_due,
        paused_days=paused,
        delinquent_days=delinquent,
        delinquent_from=date.fromordinal(oldest.toordinal() + rules.grace_days),
        bucket=bucket_of(delinquent, rules.buckets),
    )


def with_accrued_penalty(loan: LoanFacts, *, on: date) -> Sequence[InstallmentFacts]:
    """All installments as they are owed on a day: in what is overdue the penalty that has grown since the book's day is due, too."""
    grown = {row.number: row.accrued_penalty for row in arrears_of(loan, on=on).installments}
    return [
        replace(row, due=row.due + Components(penalty=grown[row.number])) if grown.get(row.number) else row
        for row in loan.installments
    ]


def is_overdue(installment: InstallmentFacts, *, on: date, rules: LatenessRules) -> bool:
    """Its date is behind us (or, where the due date counts, has come) and it is not fully met."""
    has_passed = installment.due_on < on or (rules.due_date_counts and installment.due_on == on)
    return has_passed and not installment.is_met


def bucket_of(delinquent_days: int, buckets: Sequence[Bucket] = CN_BUCKETS) -> str | None:
    """The code of the bucket that holds so many days; None below the first."""
    return next((bucket.code for bucket in buckets if bucket.holds(delinquent_days)), None)


def _overdue(loan: LoanFacts, row: InstallmentFacts, on: date, rules: LatenessRules) -> OverdueInstallment:
    grown = accrued_penalty(loan, row, on=on, is_running_while_paused=rules.penalty_runs_while_paused)
    return OverdueInstallment(row.number, row.due_on, row.outstanding, grown)
