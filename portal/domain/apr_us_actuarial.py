"""The annual percentage rate of Regulation Z, actuarial method (12 CFR 1026 Appendix J)."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from portal.domain.annualised_cost import as_pct
from portal.domain.cash_flows import EXACT, CashFlows, Flow, Sums, cash_flows, log_rate
from portal.domain.month_counting import whole_months
from portal.domain.unit_periods import MONTHS_IN_YEAR, YEAR, UnitPeriod, anchors, unit_period_of, unit_time

METHOD_VERSION: Final = "us_actuarial/1"

_SINGLE: Final = 2
_DAYS_IN_YEAR: Final = 365


def apr_us_actuarial(advances: Sums, payments: Sums) -> Decimal:
    """Percent a year: the rate of a unit-period times the unit-periods of a year (b)(1).

    The term begins with the first advance. A payment of nothing is no payment.
    """
    flows = cash_flows(advances, payments)
    moving = CashFlows(
        [(on, net) for on, net in flows.nets if net],
        flows.advance_dates,
        sorted({on for on, amount in payments if amount}),
    )
    unit = _term_of_single(moving) if len(moving.nets) == _SINGLE else None
    if unit is not None:
        once = [Flow(net, Fraction(number)) for number, (_, net) in enumerate(moving.nets)]
        return apr_of_unit_periods(once, unit)
    unit_period = YEAR if len(moving.nets) == _SINGLE else unit_period_of(moving)
    return apr_of_unit_periods(_in_unit_periods(moving, unit_period), unit_period.per_year)


def apr_of_unit_periods(flows: Sequence[Flow], per_year: Fraction) -> Decimal:
    """The same where time is already in unit-periods, of which a year has ``per_year``."""
    with localcontext(EXACT):
        rate = log_rate(flows).exp() - 1
        return as_pct(rate * per_year.numerator / per_year.denominator)


def _term_of_single(flows: CashFlows) -> Fraction | None:
    """(b)(5)(vi)-(vii): terms a year, where one advance is repaid at once within a year; None beyond it."""
    start, end = flows.dates
    months, days = whole_months(start, end), (end - start).days
    if months:
        return Fraction(MONTHS_IN_YEAR, months) if months <= MONTHS_IN_YEAR else None
    return Fraction(_DAYS_IN_YEAR, days) if days <= _DAYS_IN_YEAR else None


def _in_unit_periods(flows: CashFlows, unit: UnitPeriod) -> Sequence[Flow]:
    series = anchors([on for on in flows.payment_dates if on > flows.start])
    times = [(net, unit_time(flows.start, on, unit, series.get(on))) for on, net in flows.nets]
    return [Flow(net, Fraction(time.whole), time.odd) for net, time in times]
