"""The annual percentage rate of charge of the EU directives (2008/48/EC, 2014/17/EU, (EU) 2023/2225)."""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from portal.domain.annualised_cost import as_pct
from portal.domain.cash_flows import EXACT, Flow, Sums, cash_flows, log_rate
from portal.domain.month_counting import months_and_rest, months_back

METHOD_VERSION: Final = "eu/1"


def apr_eu(advances: Sums, payments: Sums) -> Decimal:
    """X in percent a year: compounding yearly, advances and payments are worth the same."""
    flows = cash_flows(advances, payments)
    return apr_of_years([Flow(net, years_between(flows.start, on)) for on, net in flows.nets])


def apr_of_years(flows: list[Flow]) -> Decimal:
    """The same where time is already in years."""
    with localcontext(EXACT):
        return as_pct(log_rate(flows).exp() - 1)


def years_between(start: date, end: date) -> Fraction:
    """Annex I, remarks (c): equal months counted back from ``end``, then the days that remain to ``start``.

    A month is 1/12 whatever its days. The remaining days are divided by the days of the year that ends on
    their last day (366 where it holds a 29 February). A payment on the last day of a month too short for
    the day of the drawdown is whole months away, as plans with month-end dates mean it.
    """
    months, reached = months_and_rest(start, end)
    year_before = months_back(reached, 12, reached.day)
    frame = (reached - year_before).days if year_before else 365
    return Fraction(months, 12) + Fraction((reached - start).days, frame)
