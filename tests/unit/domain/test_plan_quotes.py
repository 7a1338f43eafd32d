"""What plans come to for somebody who weighs a policy: the figures of the priced plans, and why there is none."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.domain.legal_limits import loan_cap
from portal.domain.loans import Components, LenderType
from portal.domain.plan_quotes import PlanQuote, Refused, limit_of, quote_of, quote_plans, usual_requests
from portal.domain.plans import Plan, PlanCost, PlanKind, PlanRequest, PlanRow
from portal.domain.pricing_rules import PricingRules
from tests.unit.domain.late_loans import CALENDAR, POLICY, RULES, TODAY, late_loan

LOAN = late_loan()
CATCH_UP = PlanRequest(PlanKind.CATCH_UP, installments=3)


def row(number: int, day: int, principal: int) -> PlanRow:
    return PlanRow(number, date(2026, 10, day), Components(principal=principal), 0)


def plan(*rows: PlanRow) -> Plan:
    return Plan(
        kind=PlanKind.CATCH_UP,
        request=CATCH_UP,
        priced_on=TODAY,
        currency="CNY",
        arrears=Components(principal=1),
        advance=1,
        rows=rows,
        cost=PlanCost(77_000, 4_500, "9.87", "9.46", "test"),
        waived=Components(interest=30, penalty=12),
    )


def test_a_quote_is_made_of_the_installments_and_a_sum_paid_first_is_one_payment_more() -> None:
    sums = row(1, 8, 21_000), row(2, 15, 22_000), row(3, 22, 20_000)
    said = PlanQuote(
        payments=3,
        first=21_000,
        largest=22_000,
        last=20_000,
        first_on=date(2026, 10, 8),
        ends_on=date(2026, 10, 22),
        total_paid=77_000,
        beyond_principal=4_500,
        waived=42,
        annual_compound_pct="9.87",
        annual_simple_pct="9.46",
    )
    assert quote_of(plan(*sums)) == said
    assert quote_of(plan(row(0, 2, 90_000), *sums)) == said._replace(payments=4)


def test_each_request_has_its_own_answer_in_the_order_asked() -> None:
    """Three payments of the catch-up's arrears, none at all, and a kind that the policy does not have."""
    without = PricingRules(replace(POLICY, max_terms={PlanKind.CATCH_UP: 24}), CALENDAR, TODAY)
    found = quote_plans(
        LOAN, [CATCH_UP, PlanRequest(PlanKind.CATCH_UP), PlanRequest(PlanKind.DEFER)], without
    )
    priced, *refused = found
    assert isinstance(priced, PlanQuote)
    assert (priced.payments, priced.first_on) == (3, date(2026, 10, 8))
    assert refused == [Refused("installments_out_of_range"), Refused("kind_not_offered")]


def test_a_loan_that_is_not_late_has_no_plan_of_any_kind() -> None:
    requests = [CATCH_UP, PlanRequest(PlanKind.DEFER, defer_periods=1)]
    assert quote_plans(late_loan(met=8), requests, RULES) == [Refused("nothing_overdue")] * 2


def usual(**max_terms: int) -> list[tuple[str, int]]:
    most = {PlanKind(kind): count for kind, count in max_terms.items()}
    rules = PricingRules(replace(POLICY, max_terms=most), CALENDAR, TODAY)
    return [(request.kind.value, request.terms) for request in usual_requests(rules)]


def test_a_book_is_asked_about_half_of_the_most_and_the_most_and_the_longest_deferral() -> None:
    assert usual(catch_up=24, reschedule=60, step_up=36, interest_only=6, defer=3, pay_by_date=1, settlement=3) == [
        ("catch_up", 12),
        ("catch_up", 24),
        ("reschedule", 30),
        ("reschedule", 60),
        ("defer", 3),
        ("pay_by_date", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("most", "counts"), [(1, [1]), (2, [1, 2]), (3, [1, 3]), (7, [3, 7]), (12, [6, 12])])
def test_half_of_an_odd_number_is_the_smaller_and_never_none(most: int, counts: list[int]) -> None:
    assert usual(catch_up=most) == [("catch_up", count) for count in counts]


def test_what_the_policy_says_of_arrears_is_asked_for_too() -> None:
    assert usual_requests(RULES)[0] == RULES.request_for(PlanKind.CATCH_UP).with_terms(12)
    assert usual() == []


def limit(
    request: PlanRequest = CATCH_UP, lender: LenderType = LenderType.BANK, **changes: Any
) -> str | None:
    loan = replace(LOAN, lender_type=lender, disbursed_on=date(2025, 9, 25))
    quote = quote_of(plan(row(1, 8, 21_000)))._replace(
        **{"annual_simple_pct": "9.00", "annual_compound_pct": "9.40", **changes}
    )
    return limit_of(quote, request, loan, loan_cap(loan, {"bank": "24"}), begins_on=date(2026, 8, 1))


@pytest.mark.parametrize(
    ("simple", "compound", "code"),
    [
        ("24.00", "26.82", None),
        ("24.01", "26.90", "rate_above_cap"),
        ("24.01", None, "rate_above_cap"),
        (None, "24.01", "rate_above_cap"),
        (None, "24.00", None),
        (None, None, None),
    ],
)
def test_a_plan_that_costs_more_a_year_than_the_cap_passes_a_limit_of_law(
    simple: str | None, compound: str | None, code: str | None
) -> None:
    assert limit(annual_simple_pct=simple, annual_compound_pct=compound) == code


@pytest.mark.parametrize(("installments", "code"), [(60, None), (61, "plan_too_long")])
def test_more_than_sixty_months_pass_a_limit_of_law(installments: int, code: str | None) -> None:
    assert limit(CATCH_UP.with_terms(installments)) == code


def test_a_private_debt_that_is_written_anew_may_cost_the_cap_over_its_whole_time() -> None:
    """12,000.00 lent on 25 September 2025 at 12 % (four times 3 %) for a year to the day: 13,440.00 in all, of which 6 installments
    of 1,066.19 were paid.
    """
    paid = sum(row.paid.total for row in LOAN.installments)
    assert paid == 6 * 106_619
    anew = PlanRequest(PlanKind.RESCHEDULE, installments=3)
    most, day = 1_344_000 - paid, date(2026, 9, 25)
    assert limit(anew, LenderType.PRIVATE, total_paid=most, ends_on=day) is None
    assert limit(anew, LenderType.PRIVATE, total_paid=most + 1, ends_on=day) == "total_above_cap"
    assert limit(CATCH_UP, LenderType.PRIVATE, total_paid=most + 1, ends_on=day) is None
    assert limit(anew, LenderType.PRIVATE, total_paid=most + 1, ends_on=date(2026, 9, 26)) is None
