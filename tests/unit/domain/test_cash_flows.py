"""Where the search for a rate begins does not move its end."""

from decimal import Decimal, localcontext
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from portal.domain.cash_flows import EXACT, Flow, log_rate
from portal.domain.errors import DomainError

NEAR = Decimal("1e-40")

PAYMENTS = st.lists(st.integers(1, 500_000), min_size=1, max_size=80)
ODD = st.sampled_from([Fraction(), Fraction(), Fraction(1, 3), Fraction(29, 30)])


def worth(flows: list[Flow], delta: Decimal) -> Decimal:
    """At ``delta``, the logarithm of 1 + the rate."""
    total = Decimal()
    for flow in flows:
        whole, odd = (Decimal(part.numerator) / part.denominator for part in (flow.whole, flow.odd))
        total += flow.amount * (-delta * whole).exp() / (1 + odd * (delta.exp() - 1))
    return total


@settings(max_examples=120, deadline=None)
@given(st.integers(1, 30_000_000), PAYMENTS, ODD, st.sampled_from([1, 12, 365]))
def test_the_flows_are_worth_nothing_at_the_rate_to_forty_digits(
    lent: int, payments: list[int], odd: Fraction, a_year: int
) -> None:
    flows = [Flow(lent, Fraction())]
    flows += [Flow(-paid, Fraction(number, a_year), odd) for number, paid in enumerate(payments, 1)]
    try:
        found = log_rate(flows)
    except DomainError as error:
        assume(error.code != "rate_undefined")
        raise
    with localcontext(EXACT):
        near = NEAR * (1 + abs(found))
        assert worth(flows, found - near) <= 0 <= worth(flows, found + near)


def test_a_rate_beyond_machine_numbers_is_found_as_well() -> None:
    flows = [Flow(1, Fraction()), Flow(-(10**13), Fraction(1, 365))]
    with localcontext(EXACT):
        assert abs(log_rate(flows) - 365 * Decimal(10**13).ln()) < Decimal("1e-30")
