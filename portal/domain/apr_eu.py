"""The annual percentage rate of charge of the EU directives (2008/48/EC, 2014/17/EU, (EU) 2023/2225)."""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from portal.domain.annualised_cost import as_pct
from portal.domain.cash_flows import EXACT, CashFlows, Flow, Sums, cash_flows, log_rate
from portal.domain.month_counting import equal_months, months_and_rest, months_back

METHOD_VERSION: Final = "eu/2"

_YEAR: Final = 12


def apr_eu(advances: Sums, payments: Sums) -> Decimal:
    """X in percent a year: compounding yearly, advances and payments are worth the same."""
    flows = cash_flows(advances, payments)
    period = _regular_months(flows)
    return apr_of_years([Flow(net, years_between(flows.start, on, period)) for on, net in flows.nets])


def _regular_months(flows: CashFlows) -> int:
    """The months of a regular period: 12 where everything after the first drawdown is paid once a year.

    So Example 2, case 3, of the Commission's (DG FISMA 2015): yearly from 15 February on, drawn on 12 January, is
    34/365 away and not a month and three days.
    """
    later = [on for on in flows.dates if on > flows.start]
    apart = equal_months(later) if len(later) > 1 else None
    return _YEAR if apart and apart % _YEAR == 0 else 1


def apr_of_years(flows: list[Flow]) -> Decimal:
    """The same where time is already in years."""
    with localcontext(EXACT):
        return as_pct(log_rate(flows).exp() - 1)


def years_between(start: date, end: date, period: int = 1) -> Fraction:
    """Annex I, remarks (c): equal months counted back from ``end``, then the days that remain to ``start``.

    A month is 1/12 whatever its days. Where no whole number of months leads to ``start`` and the regular
    ``period`` is a year, whole years are counted back instead. The remaining days are divided by the days of
    the year that ends on their last day (366 where it holds a 29 February). A payment on the last day of a
    month too short for the day of the drawdown is whole months away, as plans with month-end dates mean it.
    """
    months, reached = months_and_rest(start, end)
    if reached != start and (over := months % period):
        months -= over
        back = months_back(end, months, end.day)
        assert back is not None
        reached = back
    year_before = months_back(reached, _YEAR, reached.day)
    frame = (reached - year_before).days if year_before else 365
    return Fraction(months, _YEAR) + Fraction((reached - start).days, frame)
