"""The one rate of dated sums: what has none is refused, and where the search for it begins does not move its end."""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from portal.domain.cash_flows import EXACT, Flow, Sums, cash_flows, log_rate
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


LENT = [(date(2026, 1, 5), 1_000)]


@pytest.mark.parametrize(
    ("advances", "payments", "code", "field"),
    [
        ([], [(date(2026, 2, 5), 1)], "advances_missing", "advances"),
        (LENT, [], "payments_missing", "payments"),
        ([*LENT, (date(2026, 2, 5), 0)], LENT, "amount_not_positive", "advances"),
        (LENT, [(date(2026, 2, 5), -1)], "amount_negative", "payments"),
        (LENT, [(date(2026, 1, 4), 1)], "payment_before_advance", "payments"),
        (LENT, LENT, "rate_undefined", "payments"),
        (LENT, [(date(2026, 2, 5), 0)], "rate_undefined", "payments"),
        (LENT, [(date(2026, 1, 5), 1_001), (date(2026, 2, 5), 5)], "rate_undefined", "payments"),
        ([*LENT, (date(2026, 3, 5), 1)], [(date(2026, 2, 5), 900)], "rate_undefined", "payments"),
    ],
)
def test_sums_that_no_rate_can_be_told_of_are_refused(
    advances: Sums, payments: Sums, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        cash_flows(advances, payments)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_both_sides_are_netted_by_date_in_order() -> None:
    third, second, first = date(2026, 3, 5), date(2026, 2, 5), date(2026, 1, 5)
    flows = cash_flows(
        [(second, 300), (first, 1_000), (second, 200)],
        [(third, 700), (second, 500), (third, 400), (first, 1)],
    )
    assert flows.nets == [(first, 999), (second, 0), (third, -1_100)]
    assert flows.dates == (first, second, third)
    assert flows.start == first
    assert (flows.advance_dates, flows.payment_dates) == ([first, second], [first, second, third])


def test_a_payment_of_nothing_and_one_on_the_first_day_may_stand() -> None:
    assert cash_flows(LENT, [(date(2026, 1, 5), 0), (date(2026, 2, 5), 1)]).nets[0] == (
        date(2026, 1, 5),
        1_000,
    )


def year(*amounts: int) -> list[Flow]:
    return [Flow(amount, Fraction(number)) for number, amount in enumerate(amounts)]


@pytest.mark.parametrize(
    ("flows", "growth"),
    [
        (year(100, -110), "1.1"),
        (year(100, -100), "1"),
        (year(100, -50), "0.5"),
        (year(100, 0, -121), "1.1"),
        (list(reversed(year(100, -110))), "1.1"),
        ([Flow(100, Fraction()), Flow(-105, Fraction(), Fraction(1, 2))], "1.1"),
        ([Flow(100, Fraction()), Flow(-90, Fraction(), Fraction(1, 2))], "0.8"),
        ([Flow(1_000, Fraction()), Flow(-1_155, Fraction(1), Fraction(1, 2))], "1.1"),
        # Money goes both ways, and something is owed all the way: 1,100 less 600, 550 and 400 more, 1,045.
        (year(100, 60, -187), "1.1"),
        (year(1_000, -600, 400, -1_045), "1.1"),
    ],
)
def test_the_rate_is_the_one_of_pencil_and_paper(flows: list[Flow], growth: str) -> None:
    with localcontext(EXACT):
        assert abs(log_rate(flows) - Decimal(growth).ln()) < NEAR


def test_two_rates_that_fit_are_none() -> None:
    """100 lent, 230 paid after a year, 132 lent after two: worth nothing at 10 % and at 20 %. A last cent is paid after three."""
    flows = [
        Flow(100_000, Fraction()),
        Flow(-230_000, Fraction(1)),
        Flow(132_000, Fraction(2)),
        Flow(-1, Fraction(3)),
    ]
    with pytest.raises(DomainError) as refused:
        log_rate(flows)
    assert (refused.value.code, refused.value.field) == ("rate_ambiguous", "payments")
