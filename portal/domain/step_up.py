"""``step_up``: everything still owed in n payments that rise in two or three steps, at the loan's own rate.

The payments are shared over the steps as evenly as can be, the longer steps first. The last step is the policy's
``step_up_top_pct`` of the first, the steps between lie evenly: at 150 % two steps pay 100 : 150, three 100 : 125 :
150. The first step is the sum with which the debt is paid off by the last payment, worked out exactly and rounded
once a step; the last payment takes what rounding leaves.
"""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from itertools import repeat

from portal.domain.amortisation import Parts
from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount, period_parts
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.lent_anew import lend_anew
from portal.domain.loans import Components, LoanFacts
from portal.domain.money import split_by_weight
from portal.domain.owed import Owed
from portal.domain.period_factors import PeriodFactors
from portal.domain.plans import ArrearsTreatment, PlanRequest, block_sizes
from portal.domain.policy import Policy
from portal.domain.rounding import Rounding
from portal.domain.schedules import InterestMethod, rows_of, unit_of
from portal.domain.spreading import placed, spread
from portal.domain.upfront import Upfront

FEWEST_STEPS = 2
MOST_STEPS = 3

Interest = Callable[[int, int], int]
"""(balance, number of the period from 0) → interest, minor units."""


def draft_step_up(
    loan: LoanFacts,
    owed: Owed,
    dates: Sequence[date],
    request: PlanRequest,
    *,
    policy: Policy,
    upfront: Upfront | None = None,
) -> Draft:
    """Raises ``steps_out_of_range``, ``steps_need_more_payments`` and ``steps_below_interest``."""
    treatment = request.arrears_treatment
    weights = _weights(len(dates), request.steps, policy.step_up_top_pct)
    anew = lend_anew(loan, owed, treatment=treatment, upfront=upfront)
    rows = rows_of(anew.lent, dates, _stepped(loan, anew.lent, _factors(loan, owed, dates, request), weights))
    if treatment is ArrearsTreatment.SPREAD:
        extras = _by_weight(anew.apart, weights)
    else:
        extras = placed(anew.apart, len(dates), treatment=treatment, rounding=Rounding(loan.rounding))
    return anew.draft(dates, rows, extras)


def spread_over_steps(total: Components, payments: int, steps: int, top_pct: int) -> list[Components]:
    """Sums beside principal as the payments of so many steps carry them."""
    return _by_weight(total, _weights(payments, steps, top_pct))


def _by_weight(total: Components, weights: Sequence[int]) -> list[Components]:
    return spread(total, split_by_weight(total.total, weights))


def _weights(payments: int, steps: int, top_pct: int) -> list[int]:
    """Of each payment; whole numbers in the proportion of the steps."""
    if not FEWEST_STEPS <= steps <= MOST_STEPS:
        raise DomainError("steps_out_of_range", field="steps", maximum=MOST_STEPS)
    if payments < steps:
        raise DomainError("steps_need_more_payments", field="installments", minimum=steps)
    levels = [100 * (steps - 1) + (top_pct - 100) * step for step in range(steps)]
    blocks = zip(levels, block_sizes(payments, steps), strict=True)
    return [level for level, count in blocks for _ in repeat(None, count)]


def _factors(loan: LoanFacts, owed: Owed, dates: Sequence[date], request: PlanRequest) -> PeriodFactors:
    bounds, every = [owed.on, *dates], Every.parse(request.every)
    parts, whole = period_parts(DayCount(loan.day_count), every, bounds, is_first_by_days=True)
    return PeriodFactors.of(loan.annual_rate_pct, parts, whole)


def _stepped(loan: LoanFacts, lent: int, factors: PeriodFactors, weights: Sequence[int]) -> list[Parts]:
    """In the product's whole units where they fit, else to the minor unit; rounded down where the loan would end early."""
    rounding, units = Rounding(loan.rounding), {unit_of(loan.multiple, loan.currency): None, 1: None}
    is_flat = InterestMethod(loan.interest_method) is InterestMethod.FLAT
    base = _flat_base(lent, factors, weights) if is_flat else _declining_base(lent, factors, weights)
    interest = _flat_interest(lent, factors, rounding) if is_flat else _declining(factors, rounding)
    for unit in units:
        for way in (rounding, Rounding.FLOOR):
            payments = [way.to_multiple(base * weight, unit) for weight in weights]
            rows = _rows(lent, payments, interest)
            if all(repaid >= 0 for repaid, _ in rows) and rows[-1][0] > 0:
                return rows
    raise DomainError("steps_below_interest", field="installments")


def _declining_base(lent: int, factors: PeriodFactors, weights: Sequence[int]) -> Fraction:
    """The payment of weight 1 with which the balance ends at nothing: P · Π(1 + rᵢ) / fₙ, f₁ = w₁,
    fₖ = wₖ + fₖ₋₁(1 + rₖ).
    """
    whole, series, product, power = factors.denominator, 0, 1, 1
    for weight, numerator in zip(weights, factors.numerators, strict=True):
        series = weight * power + series * (whole + numerator)
        product *= whole + numerator
        power *= whole
    return Fraction(lent * product, series * whole)


def _flat_base(lent: int, factors: PeriodFactors, weights: Sequence[int]) -> Fraction:
    return Fraction(
        lent * (factors.denominator + sum(factors.numerators)), factors.denominator * sum(weights)
    )


def _declining(factors: PeriodFactors, rounding: Rounding) -> Interest:
    return lambda balance, period: factors.interest(balance, period, rounding)


def _flat_interest(lent: int, factors: PeriodFactors, rounding: Rounding) -> Interest:
    """The same each time on the sum first lent; the last takes what rounding leaves."""
    total, periods = factors.flat_interest(lent, rounding), len(factors)
    share = total // periods
    return lambda _, period: share if period < periods - 1 else total - share * (periods - 1)


def _rows(lent: int, payments: Sequence[int], interest: Interest) -> list[Parts]:
    rows: list[Parts] = []
    balance, last = lent, len(payments) - 1
    for period, payment in enumerate(payments):
        due = interest(balance, period)
        repaid = balance if period == last else payment - due
        rows.append((repaid, due))
        balance -= repaid
    return rows
