"""Loans of one convention as columns, with what is owed on a day: ``domain/owed.py`` over many."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from portal.adapters.plan_batch.columns import FITS, Flags, Ints, sums_of
from portal.adapters.plan_batch.day_table import FIRST, LAST, day_table, whole_year
from portal.adapters.plan_batch.divisions import divided
from portal.domain.arrears import arrears_of
from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount
from portal.domain.errors import DomainError
from portal.domain.late_charges import claimable_penalty_pct
from portal.domain.loans import InstallmentFacts, LoanFacts
from portal.domain.money import EXPONENTS, MAXIMUM
from portal.domain.plans import NOTHING
from portal.domain.rounding import Rounding
from portal.domain.schedules import LARGEST_RATE_PCT, MULTIPLES, InterestMethod, unit_of

LOANS_AT_A_TIME: Final = 4096
"""Columns of so many stay near the processor."""

_MOST_INSTALLMENTS: Final = 400
_LARGEST_RATIO: Final = 10**9
"""Numerator and denominator of a rate."""


class Convention(NamedTuple):
    """What loans reckon by alike."""

    rounding: Rounding
    day_count: DayCount
    is_flat: bool
    every: Every


@dataclass(frozen=True, slots=True, kw_only=True)
class Installments:
    """The loans' installments one loan after the other; ``starts`` are where a loan's begin, ``owners`` whose each is."""

    starts: Ints
    counts: Ints
    owners: Ints
    due_on: Ints
    principal: Ints
    total: Ints
    """Outstanding."""
    is_unmet: Flags
    is_late: Flags

    @property
    def places(self) -> Ints:
        """Of each within its loan, from 0."""
        places: Ints = np.arange(len(self.owners)) - self.starts[self.owners]
        return places


@dataclass(frozen=True, slots=True, kw_only=True)
class LateLoans:
    """One place a loan; ``places`` are theirs among the loans that were asked about. ``principal`` and ``beside`` are the arrears,
    ``coming_principal`` and ``coming_fee`` what is due later, ``accrued`` the running period's interest up to today; minor units.
    ``is_exact`` is False where a loan must be reckoned the plain way.
    """

    convention: Convention
    places: Ints
    on: int
    principal: Ints
    beside: Ints
    coming_principal: Ints
    coming_fee: Ints
    accrued: Ints
    rate: tuple[Ints, Ints]
    """Percent a year as numerator and denominator."""
    unit: Ints
    installments: Installments
    is_exact: Flags

    @property
    def all_principal(self) -> Ints:
        return self.principal + self.coming_principal

    @property
    def all_beside(self) -> Ints:
        return self.beside + self.accrued + self.coming_fee


def late_loans(loans: Sequence[LoanFacts], on: date) -> Iterator[LateLoans]:
    """All loans that have columns; those that are in none of them are to be reckoned the plain way."""
    for convention, places in _by_convention(loans):
        for first in range(0, len(places), LOANS_AT_A_TIME):
            some = places[first : first + LOANS_AT_A_TIME]
            yield _columns(convention, some, [loans[place] for place in some], on)


def _by_convention(loans: Sequence[LoanFacts]) -> Iterator[tuple[Convention, Sequence[int]]]:
    """Loans that say the same in other words have columns of their own; those whose words say nothing have none."""
    found: dict[tuple[str, str, str, str], list[int]] = {}
    for place, loan in enumerate(loans):
        if _has_columns(loan):
            key = loan.rounding, loan.day_count, loan.interest_method, loan.every
            found.setdefault(key, []).append(place)
    for words, places in found.items():
        with suppress(ValueError, DomainError):
            yield _convention(*words), places


def _convention(rounding: str, day_count: str, method: str, every: str) -> Convention:
    return Convention(
        Rounding(rounding),
        DayCount(day_count),
        InterestMethod(method) is InterestMethod.FLAT,
        Every.parse(every),
    )


def _has_columns(loan: LoanFacts) -> bool:
    """What every book has: rates that are fractions of small numbers, dates of our time, no running plan."""
    return (
        not loan.is_under_plan
        and 0 < len(loan.installments) <= _MOST_INSTALLMENTS
        and loan.currency in EXPONENTS
        and (loan.multiple is None or loan.multiple in MULTIPLES)
        and _ratio(loan.annual_rate_pct) is not None
        and _ratio(loan.penalty_rate_pct) is not None
        and FIRST <= loan.disbursed_on.toordinal() <= LAST
        and FIRST <= loan.as_of.toordinal() <= LAST
    )


@lru_cache(maxsize=1 << 12)
def _ratio(pct: Decimal) -> tuple[int, int] | None:
    if not (pct.is_finite() and 0 <= pct <= LARGEST_RATE_PCT):
        return None
    ratio = pct.as_integer_ratio()
    return ratio if max(ratio) <= _LARGEST_RATIO else None


_KEPT: Final = 9


def _kept(row: InstallmentFacts) -> tuple[int, ...]:
    """Most of the time goes into this: plain attributes are read faster than by their names."""
    due, paid = row.due, row.paid
    return (
        row.due_on.toordinal(),
        due.principal,
        due.interest,
        due.fee,
        due.penalty,
        paid.principal,
        paid.interest,
        paid.fee,
        paid.penalty,
    )


def _columns(
    convention: Convention, places: Sequence[int], loans: Sequence[LoanFacts], on: date
) -> LateLoans:
    counts = np.array([len(loan.installments) for loan in loans], dtype=np.int64)
    flat, is_small = _flat(loans)
    starts = np.cumsum(counts) - counts
    owners = np.repeat(np.arange(len(loans)), counts)
    due_on, today = flat[0], on.toordinal()
    is_sound = is_small & ~np.logical_or.reduceat(_is_odd(flat, starts), starts)
    due_on = np.clip(due_on, FIRST, LAST)
    left = flat[1:5] - flat[5:9]
    total = left.sum(axis=0)
    rows = Installments(
        starts=starts,
        counts=counts,
        owners=owners,
        due_on=due_on,
        principal=left[0],
        total=total,
        is_unmet=total > 0,
        is_late=(total > 0) & (due_on < today),
    )
    late, coming = rows.is_late, rows.is_unmet & ~rows.is_late
    penalty, is_bounded = _penalty(convention, loans, rows, today)
    is_exact = is_sound & is_bounded
    _of_paused(penalty, loans, on, is_exact)
    accrued = _accrued(convention, loans, rows, coming, flat, today)
    return LateLoans(
        convention=convention,
        places=np.array(places, dtype=np.int64),
        on=today,
        principal=sums_of(left[0] * late, starts),
        beside=sums_of((total - left[0]) * late, starts) + penalty,
        coming_principal=sums_of(left[0] * coming, starts),
        coming_fee=sums_of(left[2] * coming, starts),
        accrued=accrued,
        rate=_rates([loan.annual_rate_pct for loan in loans]),
        unit=np.array([unit_of(loan.multiple, loan.currency) for loan in loans], dtype=np.int64),
        installments=rows,
        is_exact=is_exact,
    )


def _flat(loans: Sequence[LoanFacts]) -> tuple[Ints, Flags]:
    """(due dates and the eight sums of all installments, whether each loan's are of a size that money has)."""
    is_small = np.ones(len(loans), dtype=np.bool_)
    rows = list(chain.from_iterable(loan.installments for loan in loans))
    try:
        return _taken_apart(rows), is_small
    except OverflowError:
        is_small = np.array([all(map(_is_small, loan.installments)) for loan in loans])
        return _taken_apart(
            [row if _is_small(row) else replace(row, due=NOTHING, paid=NOTHING) for row in rows]
        ), is_small


def _taken_apart(rows: Sequence[InstallmentFacts]) -> Ints:
    numbers = chain.from_iterable(map(_kept, rows))
    return np.fromiter(numbers, np.int64, len(rows) * _KEPT).reshape(-1, _KEPT).T.copy()


def _is_small(row: InstallmentFacts) -> bool:
    return all(abs(number) <= MAXIMUM for number in _kept(row))


def _is_odd(flat: Ints, starts: Ints) -> Flags:
    """By installment: sums beyond measure or paid beyond what is due, dates beyond the table or not rising."""
    due_on, due, paid = flat[0], flat[1:5], flat[5:9]
    falls = np.zeros(len(due_on), dtype=np.bool_)
    falls[1:] = due_on[1:] <= due_on[:-1]
    falls[starts] = False
    is_beyond = np.asarray(((due > MAXIMUM) | (paid < 0) | (paid > due)).any(axis=0))
    return np.asarray(is_beyond | falls | (due_on < FIRST) | (due_on > LAST))


def _penalty(
    convention: Convention, loans: Sequence[LoanFacts], rows: Installments, today: int
) -> tuple[Ints, Flags]:
    """(``penalty.accrued_penalty`` of what is late, whether it could be worked out) by loan, as if there were no pauses."""
    by_days = DayCount.ACT_365 if convention.day_count is DayCount.THIRTY_360 else convention.day_count
    numerator, denominator = _rates([claimable_penalty_pct(loan) for loan in loans])
    as_of = np.array([loan.as_of.toordinal() for loan in loans], dtype=np.int64)
    at = np.flatnonzero(rows.is_late)
    owners, principal = rows.owners[at], rows.principal[at]
    start = np.minimum(np.maximum(as_of[owners], rows.due_on[at]), today)
    part = day_table().parts(by_days, start, np.full(len(at), today))
    whole = denominator[owners] * (100 * whole_year(by_days))
    is_bounded = principal.astype(np.float64) * numerator[owners] * part < FITS
    grown = divided(principal * (numerator[owners] * part), whole, convention.rounding)
    count = len(loans)
    summed = np.zeros(count, dtype=np.int64)
    np.add.at(summed, owners, grown)
    return summed, np.bincount(owners, weights=~is_bounded, minlength=count) == 0


def _of_paused(penalty: Ints, loans: Sequence[LoanFacts], on: date, is_exact: Flags) -> None:
    """Few loans have pauses, and the stretches between them are no columns. A pause makes it no larger, so it fits where it did."""
    for place, loan in enumerate(loans):
        if loan.pauses and is_exact[place]:
            penalty[place] = arrears_of(loan, on=on).accrued_penalty


def _accrued(
    convention: Convention,
    loans: Sequence[LoanFacts],
    rows: Installments,
    coming: Flags,
    flat: Ints,
    today: int,
) -> Ints:
    """The days' share of the next installment's own interest, less what was paid of it."""
    ahead = np.flatnonzero(coming)
    owners, first = np.unique(rows.owners[ahead], return_index=True)
    at = ahead[first]
    disbursed = np.array([loan.disbursed_on.toordinal() for loan in loans], dtype=np.int64)
    is_first = at == rows.starts[owners]
    start = np.where(is_first, disbursed[owners], rows.due_on[at - 1])
    elapsed, whole = today - start, rows.due_on[at] - start
    runs = elapsed > 0
    grown = divided(
        flat[2][at] * np.where(runs, np.minimum(elapsed, whole), 0),
        np.where(runs, whole, 1),
        convention.rounding,
    )
    accrued = np.zeros(len(loans), dtype=np.int64)
    accrued[owners] = np.where(runs, np.maximum(0, grown - flat[6][at]), 0)
    return accrued


def _rates(rates: Sequence[Decimal]) -> tuple[Ints, Ints]:
    pairs = np.array([_ratio(rate) for rate in rates], dtype=np.int64)
    return pairs[:, 0], pairs[:, 1]
