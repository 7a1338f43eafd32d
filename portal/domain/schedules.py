"""Schedules: what is due when, in every convention that a loan product may have.

A schedule has exactly as many rows as installments; its principal adds up to the cent; no part is negative;
its dates strictly rise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import accumulate, count
from operator import sub
from typing import Final, NamedTuple

from portal.domain.amortisation import Basis, Parts, equal_principals, flat_payments
from portal.domain.calendar import Every, due_dates
from portal.domain.day_counts import DayCount, period_parts
from portal.domain.errors import DomainError
from portal.domain.level_payments import equal_payments
from portal.domain.money import MAXIMUM, exponent_of, refused_sum
from portal.domain.period_factors import PeriodFactors
from portal.domain.rounding import Rounding

MOST_INSTALLMENTS: Final = 3660
"""Daily payments for ten years; what a plan may have is the policy's to say."""

LARGEST_RATE_PCT: Final = Decimal(10000)
MULTIPLES: Final = (1, 10, 100)


class Amortisation(StrEnum):
    EQUAL_INSTALLMENT = "equal_installment"
    EQUAL_PRINCIPAL = "equal_principal"


class InterestMethod(StrEnum):
    DECLINING = "declining"
    FLAT = "flat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """How a product reckons. ``multiple`` is in whole units of the currency, the graces are in periods."""

    day_count: DayCount = DayCount.THIRTY_360
    amortisation: Amortisation = Amortisation.EQUAL_INSTALLMENT
    interest_method: InterestMethod = InterestMethod.DECLINING
    rounding: Rounding = Rounding.HALF_EVEN
    multiple: int | None = None
    grace_principal: int = 0
    grace_interest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTerms:
    """What a schedule is made from; ``principal`` in minor units, ``annual_rate_pct`` percent a year.

    ``first_due_on`` None means one period after ``disbursed_on``; given, it becomes the anchor of all dates.
    """

    principal: int
    annual_rate_pct: Decimal
    installments: int
    every: Every
    disbursed_on: date
    first_due_on: date | None = None
    currency: str = "CNY"
    convention: Convention = Convention()

    def __post_init__(self) -> None:
        self._check_numbers()
        self._check_graces()
        if self.first_due_on is not None and self.first_due_on <= self.disbursed_on:
            raise DomainError("first_date_not_after_start", field="first_due_on")

    def _check_numbers(self) -> None:
        if self.principal <= 0:
            raise DomainError("principal_not_positive", field="principal")
        if self.principal > MAXIMUM:
            raise refused_sum("amount_too_large", field="principal", currency=self.currency, maximum=MAXIMUM)
        if not (self.annual_rate_pct.is_finite() and 0 <= self.annual_rate_pct <= LARGEST_RATE_PCT):
            raise DomainError("rate_out_of_range", field="annual_rate_pct", maximum=str(LARGEST_RATE_PCT))
        if not 1 <= self.installments <= MOST_INSTALLMENTS:
            raise DomainError("installments_out_of_range", field="installments", maximum=MOST_INSTALLMENTS)

    def _check_graces(self) -> None:
        for field in ("grace_principal", "grace_interest"):
            if not 0 <= getattr(self.convention, field) < self.installments:
                raise DomainError("grace_out_of_range", field=field, maximum=self.installments - 1)
        if self.convention.multiple is not None and self.convention.multiple not in MULTIPLES:
            raise DomainError("multiple_unknown", field="multiple")

    @property
    def due_dates(self) -> list[date]:
        if self.first_due_on is not None:
            return due_dates(self.first_due_on, self.every, self.installments)
        return due_dates(self.disbursed_on, self.every, self.installments, start=1)


class ScheduleRow(NamedTuple):
    """One installment, minor units; ``balance`` is the principal left after it."""

    number: int
    due_on: date
    principal: int
    interest: int
    balance: int

    @property
    def due(self) -> int:
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Schedule:
    rows: Sequence[ScheduleRow]

    @property
    def total_due(self) -> int:
        return sum(row.due for row in self.rows)

    @property
    def total_interest(self) -> int:
        return sum(row.interest for row in self.rows)


def schedule_of(
    terms: ScheduleTerms, *, moved_to: Sequence[date] | None = None, is_first_by_days: bool = False
) -> Schedule:
    """The schedule of ``terms``; ``moved_to`` gives other due dates, which interest by real days follows.

    ``is_first_by_days``: see ``period_parts``. Raises ``dates_not_rising`` where these are not one for each
    installment, strictly rising.
    """
    dates = terms.due_dates if moved_to is None else list(moved_to)
    amounts = amounts_on(terms, dates, is_first_by_days=is_first_by_days)
    return Schedule(rows_of(terms.principal, dates, amounts))


def amounts_on(
    terms: ScheduleTerms, dates: Sequence[date], *, is_first_by_days: bool = False
) -> Sequence[Parts]:
    """(principal, interest) of the rows on these dates; raises as ``schedule_of``."""
    _check_dates(terms, dates)
    bounds = [terms.disbursed_on, *dates]
    parts, whole = period_parts(
        terms.convention.day_count, terms.every, bounds, is_first_by_days=is_first_by_days
    )
    return amounts_of(terms, PeriodFactors.of(terms.annual_rate_pct, parts, whole))


def amounts_of(terms: ScheduleTerms, factors: PeriodFactors) -> Sequence[Parts]:
    """(principal, interest) of each row, by the convention."""
    convention = terms.convention
    basis = Basis(
        principal=terms.principal,
        factors=factors,
        rounding=convention.rounding,
        unit=unit_of(convention.multiple, terms.currency),
        grace_principal=convention.grace_principal,
        grace_interest=convention.grace_interest,
    )
    is_level = convention.amortisation is Amortisation.EQUAL_INSTALLMENT
    if convention.interest_method is InterestMethod.FLAT:
        return flat_payments(basis, is_level=is_level)
    return equal_payments(basis) if is_level else equal_principals(basis)


def unit_of(multiple: int | None, currency: str) -> int:
    """A product's multiple, in whole units of the currency, as minor units; 1 where it has none."""
    return 1 if multiple is None else multiple * 10 ** exponent_of(currency)


_row: Final[Callable[[Iterable[object]], ScheduleRow]] = partial(tuple.__new__, ScheduleRow)
"""What ``ScheduleRow._make`` does, without its call of Python."""


def rows_of(principal: int, dates: Sequence[date], amounts: Sequence[Parts]) -> list[ScheduleRow]:
    """Rows from their dates and (principal, interest), with the balance after each."""
    principals, interests = zip(*amounts, strict=True)
    balances = accumulate(principals, sub, initial=principal)
    next(balances)
    return list(map(_row, zip(count(1), dates, principals, interests, balances, strict=False)))


def _check_dates(terms: ScheduleTerms, dates: Sequence[date]) -> None:
    before = terms.disbursed_on
    for due_on in dates:
        if due_on <= before:
            raise DomainError("dates_not_rising", field="first_due_on")
        before = due_on
    if len(dates) != terms.installments:
        raise DomainError("dates_not_rising", field="installments")
