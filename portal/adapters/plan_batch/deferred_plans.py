"""``domain/deferral.py`` over many loans: each unmet installment takes the date of the k-th after it."""

from dataclasses import dataclass

import numpy as np

from portal.adapters.plan_batch.columns import FITS, Flags, Floats, Ints
from portal.adapters.plan_batch.day_table import FIRST, LAST, DayTable, day_table, whole_year, working_days
from portal.adapters.plan_batch.divisions import divided, level_part
from portal.adapters.plan_batch.figures import Figures
from portal.adapters.plan_batch.late_loans import Convention, LateLoans
from portal.adapters.plan_batch.yearly_costs import Times
from portal.domain.plan_dates import earliest_first_date
from portal.domain.plans import ArrearsTreatment, DeferredInterest, PlanKind, PlanRequest
from portal.domain.pricing_rules import PricingRules


@dataclass(frozen=True, slots=True)
class _Moving:
    """The unmet installments of the loans side by side: a row a loan, filled up behind its ``counts``.

    ``at`` are their places among all installments; ``dates`` the days that they move to, ordinals that strictly rise where ``is_rising``.
    """

    counts: Ints
    at: Ints
    is_there: Flags
    dates: Ints
    is_rising: Flags

    @property
    def ends(self) -> Ints:
        return self.counts - 1

    @property
    def last_on(self) -> Ints:
        last: Ints = self.dates[np.arange(len(self.counts)), self.ends]
        return last


def defer(loans: LateLoans, request: PlanRequest, rules: PricingRules) -> Figures:
    """What a capitalised request raises, the plain way says."""
    moving = _moved(loans, request.defer_periods)
    kept = np.where(request.arrears_treatment is ArrearsTreatment.WAIVED, 0, loans.beside)
    interest, is_bounded = _gained(loans, moving, request.deferred_interest)
    payments = _own(loans, moving) + interest
    _place(payments, kept, moving, request.arrears_treatment, loans.convention)
    advance = loans.all_principal + kept + loans.accrued
    times, is_in_reach = _times(moving, loans.on)
    paid_on, is_apart = _paid_on(moving, rules)
    earliest = earliest_first_date(rules.on, rules.policy, rules.calendar).toordinal()
    is_too_short = moving.dates[:, 0] < earliest
    farthest = _moved(loans, rules.policy.max_terms[PlanKind.DEFER])
    is_in_vain = is_too_short & (farthest.dates[:, 0] < earliest)
    return Figures(
        payments=payments,
        counts=np.maximum(moving.counts, 1),
        first_on=paid_on[:, 0],
        ends_on=paid_on[np.arange(len(paid_on)), moving.ends],
        financed=advance,
        repays=loans.all_principal,
        waived=loans.beside - kept,
        times=times,
        refusals={"deferral_too_short": is_too_short & ~is_in_vain, "deferral_in_vain": is_in_vain},
        is_exact=loans.is_exact
        & moving.is_rising
        & np.where(is_too_short, farthest.is_rising, is_bounded & is_in_reach & is_apart),
    )


def _moved(loans: LateLoans, periods: int) -> _Moving:
    rows = loans.installments
    flat = np.flatnonzero(rows.is_unmet)
    owners = rows.owners[flat]
    counts = np.bincount(owners, minlength=len(rows.counts))
    place = np.arange(len(flat)) - (np.cumsum(counts) - counts)[owners]
    width = max(1, int(counts.max(initial=1)))
    at = np.zeros((len(counts), width), dtype=np.int64)
    at[owners, place] = flat
    is_there = np.arange(width) < counts[:, None]
    dates = np.full(at.shape, LAST, dtype=np.int64)
    dates[owners, place] = _days_after(loans, flat, periods)
    rises = (dates[:, 1:] > dates[:, :-1]) | ~is_there[:, 1:]
    is_rising = rises.all(axis=1) & (counts > 0) & (np.where(is_there, dates, 0).max(axis=1) <= LAST)
    # What fills a row up must lie in the table.
    return _Moving(counts, at, is_there, np.minimum(dates, LAST), is_rising)


def _days_after(loans: LateLoans, flat: Ints, periods: int) -> Ints:
    """The days of the k-th installment after each, on the loan's own schedule or beyond its end; past ``LAST`` where out of reach."""
    rows = loans.installments
    owners = rows.owners[flat]
    beyond = rows.places[flat] + periods - (rows.counts[owners] - 1)
    is_beyond = beyond > 0
    last = rows.due_on[rows.starts + rows.counts - 1][owners]
    every = loans.convention.every
    if every.months:
        anchor = _anchors(loans)[owners]
        after = day_table().months_on(last, np.maximum(beyond, 0) * every.months, anchor)
    else:
        after = np.minimum(last + beyond * every.days, LAST + 1)
    within = rows.due_on[np.where(is_beyond, 0, flat + periods)]
    return np.where(is_beyond, after, within)


def _anchors(loans: LateLoans) -> Ints:
    """The day of the month that each schedule keeps to, as ``deferral`` finds it."""
    rows, table = loans.installments, day_table()
    day = table.day[rows.due_on - FIRST]
    latest = np.maximum.reduceat(day, rows.starts)
    keeps = np.logical_and.reduceat(table.is_on_anchor(rows.due_on, latest[rows.owners]), rows.starts)
    anchors = latest.copy()
    for loan in np.flatnonzero(~keeps).tolist():
        days = day[rows.starts[loan] : rows.starts[loan] + rows.counts[loan]]
        # The most frequent one, of several the one that comes first.
        anchors[loan] = days[np.argmax((days[:, None] == days).sum(axis=1))]
    return anchors


def _own(loans: LateLoans, moving: _Moving) -> Ints:
    """Overdue installments with their principal alone, the following ones as they stand."""
    rows = loans.installments
    return np.where(moving.is_there, np.where(rows.is_late, rows.principal, rows.total)[moving.at], 0)


def _place(
    payments: Ints, beside: Ints, moving: _Moving, treatment: ArrearsTreatment, convention: Convention
) -> None:
    """Arrears beside principal: all with the first payment, or in equal parts."""
    if treatment is ArrearsTreatment.FIRST_INSTALLMENT:
        payments[:, 0] += beside
        return
    counts = np.maximum(moving.counts, 1)
    part = level_part(beside, counts, convention.rounding)
    payments += np.where(moving.is_there, part[:, None], 0)
    payments[np.arange(len(payments)), moving.ends] += beside - part * counts


def _gained(loans: LateLoans, moving: _Moving, way: DeferredInterest) -> tuple[Ints, Flags]:
    """(interest of the time gained by payment, whether it is a number that fits)."""
    if way is DeferredInterest.STOPS:
        return np.zeros_like(moving.at), np.ones(len(moving.at), dtype=np.bool_)
    rows, day_count = loans.installments, loans.convention.day_count
    principal = np.where(moving.is_there, rows.principal[moving.at], 0)
    start = np.maximum(rows.due_on[moving.at], loans.on)
    part = np.maximum(day_table().parts(day_count, start, moving.dates), 0)
    numerator, denominator = (each[:, None] for each in loans.rate)
    is_bounded = np.asarray((principal.astype(np.float64) * numerator * part < FITS).all(axis=1))
    grown = divided(
        principal * (numerator * part),
        denominator * (100 * whole_year(day_count)),
        loans.convention.rounding,
    )
    if way is DeferredInterest.RUNS_AND_PAID_AT_END:
        at_end = np.zeros_like(grown)
        at_end[np.arange(len(grown)), moving.ends] = grown.sum(axis=1)
        return at_end, is_bounded
    return grown, is_bounded


def _times(moving: _Moving, on: int) -> tuple[Times, Flags]:
    """When payments come as ``annualised_cost`` reads their dates, and whether all come after today."""
    table, dates = day_table(), moving.dates
    every = np.concatenate([np.full((len(dates), 1), on), dates], axis=1)
    # What fills a row up says nothing: there its last day stands.
    every[:, 1:] = np.where(moving.is_there, dates, moving.last_on[:, None])
    months, days = _months_apart(table, every, moving.is_there), _days_apart(every, moving.is_there)
    numbers: Floats = np.arange(1, dates.shape[1] + 1, dtype=np.float64)
    by_days = (every[:, 1:] - on) / 365
    years = np.where((months > 0)[:, None], numbers * months[:, None] / 12, by_days)
    years = np.where(moving.is_there, years, by_days)
    a_year = np.where(
        months > 0, 12 / np.maximum(months, 1), np.where(days > 0, 365 / np.maximum(days, 1), 12.0)
    )
    return Times(years, a_year), (dates[:, 0] > on)


def _months_apart(table: DayTable, every: Ints, is_there: Flags) -> Ints:
    """As ``month_counting.equal_months``; 0 for None."""
    at = every - FIRST
    anchor = table.day[at].max(axis=1)
    keeps = table.is_on_anchor(every, anchor[:, None]).all(axis=1)
    gaps = np.diff(table.month[at], axis=1)
    is_even = ((gaps == gaps[:, :1]) | ~is_there).all(axis=1)
    return np.where(keeps & is_even, gaps[:, 0], 0)


def _days_apart(every: Ints, is_there: Flags) -> Ints:
    gaps = np.diff(every, axis=1)
    return np.where(((gaps == gaps[:, :1]) | ~is_there).all(axis=1), gaps[:, 0], 0)


def _paid_on(moving: _Moving, rules: PricingRules) -> tuple[Ints, Flags]:
    """(the working days that payments move to, whether no two of a loan meet on one)."""
    paid_on = working_days(rules.calendar)[moving.dates - FIRST]
    is_apart = (paid_on[:, 1:] > paid_on[:, :-1]) | ~moving.is_there[:, 1:]
    return paid_on, np.asarray(is_apart.all(axis=1))
