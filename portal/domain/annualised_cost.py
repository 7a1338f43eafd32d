"""Annualised cost of a plan: the compound figure that stands largest, the simple one beside it (P05).

PBoC announcement 2021 No. 3: all cost over the principal actually outstanding; simple figures are called so.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from portal.domain.cash_flows import EXACT, CashFlows, Flow, Sums, cash_flows, log_rate
from portal.domain.errors import DomainError
from portal.domain.month_counting import equal_days, equal_months

METHOD_VERSION: Final = "cn_irr/1"
"""Stored with every result; raised whenever a figure could come out differently."""

LARGEST_PCT: Final = Decimal("1e18")
_DECIMALS: Final = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class AnnualisedCost:
    """Percent a year, nine decimals: 28 digits at most, so that the usual decimal context can round them."""

    compound_pct: Decimal
    simple_pct: Decimal


def annualised_cost(advances: Sums, payments: Sums) -> AnnualisedCost:
    """Cost of the principal actually outstanding; sums in minor units, in any order.

    Where all dates (the advance included) lie equally many months apart, periods count as they come: with
    the rate m of one period and k periods a year, simple is k·m and compound (1 + m)^k - 1. Every other
    spacing is an XIRR on act/365: equal days (a week: 365/7 periods a year) make simple k·m again; unequal
    ones take for simple the yearly rate which, charged monthly, costs the same: 12·((1 + XIRR)^(1/12) - 1).

    Raises what ``cash_flows`` and ``log_rate`` raise, and ``rate_too_large`` beyond 10^18 percent.
    """
    flows = cash_flows(advances, payments)
    with localcontext(EXACT):
        log, periods_a_year = _period_rate(flows)
        compound = (log * periods_a_year).exp() - 1
        simple = (log.exp() - 1) * periods_a_year
        return AnnualisedCost(as_pct(compound), as_pct(simple))


def find_annualised_cost(advances: Sums, payments: Sums) -> AnnualisedCost | None:
    """The same, and None where no rate is defined."""
    try:
        return annualised_cost(advances, payments)
    except DomainError:
        return None


def as_pct(rate: Decimal) -> Decimal:
    """A rate as percent with nine decimals, never a negative zero."""
    pct = rate * 100
    if abs(pct) > LARGEST_PCT:
        raise DomainError("rate_too_large", field="payments")
    return pct.quantize(_DECIMALS) + 0


def _period_rate(flows: CashFlows) -> tuple[Decimal, Decimal]:
    """ln(1 + m) of the rate of one period, and how many periods a year has."""
    months, days = equal_months(flows.dates), equal_days(flows.dates)
    if months or days:
        evenly = [Flow(net, Fraction(number)) for number, (_, net) in enumerate(flows.nets)]
        return log_rate(evenly), Decimal(12) / months if months else Decimal(365) / (days or 1)
    yearly = [Flow(net, Fraction((on - flows.start).days, 365)) for on, net in flows.nets]
    return log_rate(yearly) / 12, Decimal(12)
