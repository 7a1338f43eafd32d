"""Plans whose number of payments and dates are the same for all loans: ``catch_up``, ``reschedule`` and ``pay_by_date``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import gcd

import numpy as np

from portal.adapters.plan_batch.columns import Flags, Ints
from portal.adapters.plan_batch.divisions import level_part
from portal.adapters.plan_batch.figures import Figures, in_parts
from portal.adapters.plan_batch.late_loans import LateLoans
from portal.adapters.plan_batch.level_payments import Lending, declining, flat
from portal.adapters.plan_batch.yearly_costs import Times, times_of
from portal.domain.calendar import Every
from portal.domain.day_counts import period_parts
from portal.domain.money import MAXIMUM
from portal.domain.plan_dates import moved_dates
from portal.domain.plans import ArrearsTreatment, PlanRequest
from portal.domain.pricing_rules import PricingRules


@dataclass(frozen=True, slots=True)
class Dates:
    """``reckoned`` as the plan has them, the first and the last as they are paid."""

    on: date
    reckoned: Sequence[date]
    first_on: date
    ends_on: date
    times: Times

    @classmethod
    def of(cls, reckoned: Sequence[date], rules: PricingRules) -> "Dates":
        moved = moved_dates(reckoned, rules.calendar)
        return cls(rules.on, reckoned, moved[0].due_on, moved[-1].due_on, times_of(rules.on, tuple(reckoned)))


def catch_up(loans: LateLoans, request: PlanRequest, dates: Dates) -> Figures:
    """``domain/catch_up.py``, and ``domain/pay_by_date.py`` as one payment of it."""
    count, treatment = len(dates.reckoned), request.arrears_treatment
    kept = np.where(treatment is ArrearsTreatment.WAIVED, 0, loans.beside)
    total = loans.principal + kept
    comes_first = np.where(treatment is ArrearsTreatment.FIRST_INSTALLMENT, kept, 0)
    usual, last = _shared(loans, total - comes_first, count)
    return _figures(
        loans,
        dates,
        payments=in_parts(count, usual, last, more_first=comes_first),
        financed=total,
        repays=loans.principal,
        waived=loans.beside - kept,
        refusals={"installments_out_of_range": (total < count) & request.kind.is_in_parts},
        is_exact=loans.is_exact,
    )


def reschedule(loans: LateLoans, request: PlanRequest, dates: Dates) -> Figures:
    """``domain/reschedule.py``."""
    count, treatment = len(dates.reckoned), request.arrears_treatment
    kept = np.where(treatment is ArrearsTreatment.WAIVED, 0, loans.all_beside)
    lent = loans.all_principal + np.where(treatment is ArrearsTreatment.CAPITALISED, kept, 0)
    apart = loans.all_principal + kept - lent
    comes_first = np.where(treatment is ArrearsTreatment.FIRST_INSTALLMENT, apart, 0)
    lending = _lending(loans, lent, request, dates)
    level = flat(lending) if loans.convention.is_flat else declining(lending)
    more, more_last = _shared(loans, apart - comes_first, count)
    return _figures(
        loans,
        dates,
        payments=in_parts(count, level.usual + more, level.last + more_last, more_first=comes_first),
        financed=lent,
        repays=loans.all_principal,
        waived=loans.all_beside - kept,
        refusals={"no_principal_left": lent <= 0},
        is_exact=loans.is_exact & ((lent <= 0) | (level.is_exact & (lent <= MAXIMUM))),
    )


def _lending(loans: LateLoans, lent: Ints, request: PlanRequest, dates: Dates) -> Lending:
    bounds = [dates.on, *dates.reckoned]
    parts, whole = period_parts(
        loans.convention.day_count, Every.parse(request.every), bounds, is_first_by_days=True
    )
    shared = gcd(whole, *parts)
    numerator, denominator = loans.rate
    return Lending(
        lent=lent,
        numerator=numerator,
        denominator=denominator * (100 * whole // shared),
        parts=np.array(parts, dtype=np.int64) // shared,
        unit=loans.unit,
        rounding=loans.convention.rounding,
    )


def _shared(loans: LateLoans, total: Ints, count: int) -> tuple[Ints, Ints]:
    """(each part, the last) of sums in equal parts."""
    part = level_part(total, count, loans.convention.rounding)
    return part, total - part * (count - 1)


def _figures(
    loans: LateLoans,
    dates: Dates,
    *,
    payments: Ints,
    financed: Ints,
    repays: Ints,
    waived: Ints,
    refusals: Mapping[str, Flags],
    is_exact: Flags,
) -> Figures:
    many = len(loans.places)
    return Figures(
        payments=payments,
        counts=np.full(many, len(dates.reckoned)),
        first_on=np.full(many, dates.first_on.toordinal()),
        ends_on=np.full(many, dates.ends_on.toordinal()),
        financed=financed,
        repays=repays,
        waived=waived,
        times=dates.times,
        refusals=refusals,
        is_exact=is_exact,
    )
