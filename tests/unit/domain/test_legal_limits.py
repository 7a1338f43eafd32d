"""Law alone stops a submission: sixty months, and the cap of the lender's type on the contract's day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.errors import DomainError
from portal.domain.legal_limits import loan_cap, rate_verdict, refuse_beyond_law, refuse_too_many
from portal.domain.loans import LenderType, LoanFacts
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.policy import DEFAULT_POLICY
from portal.domain.pricing import price_plan
from portal.domain.rate_caps import CapBasis, RateVerdict
from tests.unit.domain.late_loans import POLICY, RULES, late_loan

CAPS: Mapping[str, str] = DEFAULT_POLICY["product_caps"]
LOAN = late_loan()


def planned(loan: LoanFacts = LOAN, kind: PlanKind = PlanKind.CATCH_UP, **asked: Any) -> Plan:
    return price_plan(loan, PlanRequest(kind, **({"installments": 6} | asked)), RULES)


def costing(simple: str | None, compound: str | None, plan: Plan | None = None) -> Plan:
    plan = plan or planned()
    return replace(plan, cost=replace(plan.cost, annual_simple_pct=simple, annual_compound_pct=compound))


@pytest.mark.parametrize(
    ("every", "most"),
    [("1 month", 60), ("1 week", 260), ("2 weeks", 130), ("4 weeks", 65), ("3 months", 20), ("1 year", 5)],
)
@pytest.mark.parametrize("kind", [PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.STEP_UP])
def test_sixty_months_are_within_the_law_and_one_payment_more_is_not(
    kind: PlanKind, every: str, most: int
) -> None:
    request = PlanRequest(kind, installments=most, every=every)
    refuse_too_many(request)
    with pytest.raises(DomainError, match="plan_too_long") as error:
        refuse_too_many(request.with_terms(most + 1))
    assert (error.value.field, error.value.rule) == ("installments", "P01")
    assert error.value.details == {"most": most, "months": 60}


def test_a_priced_plan_is_counted_by_its_own_payments() -> None:
    refuse_beyond_law(planned(installments=60), LOAN, RULES)
    with pytest.raises(DomainError, match="plan_too_long"):
        refuse_beyond_law(planned(installments=61), LOAN, RULES)


@pytest.mark.parametrize(
    ("kind", "asked", "most"),
    [
        (PlanKind.RESCHEDULE, {"installments": 60, "first_on": date(2026, 10, 17)}, None),
        (PlanKind.RESCHEDULE, {"installments": 60, "first_on": date(2026, 10, 18)}, 59),
        (PlanKind.CATCH_UP, {"installments": 60, "first_on": date(2026, 11, 18)}, 58),
        (PlanKind.RESCHEDULE, {"installments": 59, "first_on": date(2026, 11, 17)}, None),
        (PlanKind.CATCH_UP, {"installments": 260, "every": "1 week", "first_on": date(2026, 9, 24)}, None),
        (PlanKind.CATCH_UP, {"installments": 260, "every": "1 week", "first_on": date(2026, 10, 8)}, 258),
        (PlanKind.CATCH_UP, {"installments": 5, "every": "1 year", "first_on": date(2026, 11, 18)}, None),
    ],
)
def test_sixty_months_end_with_the_last_payment_counted_from_the_first_day_on_which_one_could_be(
    kind: PlanKind, asked: Mapping[str, Any], most: int | None
) -> None:
    """The 17th of September is the earliest day for a first payment."""
    plan = planned(kind=kind, **asked)
    if most is None:
        refuse_beyond_law(plan, LOAN, RULES)
        return
    with pytest.raises(DomainError, match="plan_too_long") as error:
        refuse_beyond_law(plan, LOAN, RULES)
    assert (error.value.field, error.value.rule) == ("installments", "P01")
    assert error.value.details == {"most": most, "months": 60}
    refuse_beyond_law(planned(kind=kind, **{**asked, "installments": most}), LOAN, RULES)


@pytest.mark.parametrize("on", [date(2026, 3, 2) + timedelta(days=day) for day in range(0, 300, 7)])
@pytest.mark.parametrize("day", [0, 1, 15, 28])
def test_sixty_monthly_payments_are_lawful_on_whatever_day_of_the_month(on: date, day: int) -> None:
    rules = replace(RULES, on=on)
    request = PlanRequest(PlanKind.CATCH_UP, installments=60, day_of_month=day)
    loan = late_loan(met=0, as_of=on)
    refuse_beyond_law(price_plan(loan, request, rules), loan, rules)


def test_a_deferral_keeps_the_loans_own_payments_however_many() -> None:
    refuse_too_many(PlanRequest(PlanKind.DEFER, defer_periods=1, installments=400))


def test_a_sum_paid_first_counts_as_one_of_the_payments() -> None:
    request = PlanRequest(PlanKind.CATCH_UP, installments=59, upfront_minor=10_000)
    refuse_too_many(request)
    with pytest.raises(DomainError, match="plan_too_long") as error:
        refuse_too_many(request.with_terms(60))
    assert error.value.details == {"most": 59, "months": 60}


@pytest.mark.parametrize(
    ("simple", "compound", "verdict"),
    [
        ("24.00", "24.00", RateVerdict.WITHIN),
        ("23.00", "24.01", RateVerdict.UNCLEAR),
        ("24.01", "26.90", RateVerdict.ABOVE),
        ("24.01", None, RateVerdict.ABOVE),
        ("0.00", "0.00", RateVerdict.WITHIN),
        (None, None, RateVerdict.WITHIN),
    ],
)
def test_above_is_only_what_even_the_simple_rate_puts_above(
    simple: str | None, compound: str | None, verdict: RateVerdict
) -> None:
    assert rate_verdict(costing(simple, compound), LOAN, CAPS) is verdict


def test_only_what_is_surely_above_the_cap_is_refused() -> None:
    refuse_beyond_law(costing("24.00", "26.82"), LOAN, RULES)
    with pytest.raises(DomainError, match="rate_above_cap") as error:
        refuse_beyond_law(costing("24.01", "26.90"), LOAN, RULES)
    assert error.value.details == {"cap": "24", "asked": "24.01"}
    assert error.value.rule == "P07"


FACILITATED = LenderType.BANK_LOAN_FACILITATION


@pytest.mark.parametrize(
    ("lender", "contract", "cap", "basis"),
    [
        (LenderType.BANK, date(2026, 1, 15), "24", CapBasis.PRODUCT),
        (LenderType.CREDIT_CARD, date(2026, 1, 15), "24", CapBasis.PRODUCT),
        (LenderType.MICRO_LOAN, date(2019, 1, 15), "24", CapBasis.PRODUCT),
        (FACILITATED, date(2025, 10, 1), "24", CapBasis.ALL_IN),
        (FACILITATED, date(2025, 9, 30), None, CapBasis.UNKNOWN),
        (LenderType.PRIVATE, date(2025, 9, 22), "12.00", CapBasis.FOUR_LPR),
        (LenderType.PRIVATE, date(2025, 9, 21), "12.00", CapBasis.FOUR_LPR),
        (LenderType.PRIVATE, date(2025, 10, 24), None, CapBasis.UNKNOWN),
        (LenderType.PRIVATE, date(2020, 8, 19), None, CapBasis.UNKNOWN),
        (LenderType.UNKNOWN, date(2026, 1, 15), None, CapBasis.UNKNOWN),
    ],
)
def test_the_cap_is_that_of_the_lenders_type_on_the_contracts_day(
    lender: LenderType, contract: date, cap: str | None, basis: CapBasis
) -> None:
    found = loan_cap(replace(LOAN, lender_type=lender, disbursed_on=contract), CAPS)
    assert (found.pct, found.basis) == (None if cap is None else Decimal(cap), basis)


@pytest.mark.parametrize("lender", [LenderType.UNKNOWN, LenderType.PRIVATE, FACILITATED])
def test_an_unknown_cap_refuses_nothing_and_is_unclear(lender: LenderType) -> None:
    loan = replace(LOAN, lender_type=lender, disbursed_on=date(2019, 1, 1))
    assert rate_verdict(costing("99.00", "150.00"), loan, CAPS) is RateVerdict.UNCLEAR
    refuse_beyond_law(costing("99.00", "150.00"), loan, RULES)


def test_the_lenders_own_cap_is_that_of_the_policy() -> None:
    lower = replace(RULES, policy=replace(POLICY, product_caps={**CAPS, "consumer_finance": "20"}))
    with pytest.raises(DomainError, match="rate_above_cap") as error:
        refuse_beyond_law(costing("20.01", "22.00"), LOAN, lower)
    assert error.value.details["cap"] == "20"


def test_new_principal_never_makes_a_private_debt_larger_than_the_law_allows_in_all() -> None:
    private = replace(LOAN, lender_type=LenderType.PRIVATE, disbursed_on=date(2025, 9, 25))
    plan = costing("1.00", "1.00", planned(kind=PlanKind.RESCHEDULE))
    paid = sum(row.paid.total for row in private.installments)
    years = Decimal((plan.ends_on - private.disbursed_on) / timedelta(days=365))
    most = int(private.principal * (1 + Decimal("0.12") * years))
    for total, is_refused in ((most - paid, False), (most - paid + 2, True)):
        dearer = replace(plan, cost=replace(plan.cost, total_paid=total))
        if is_refused:
            with pytest.raises(DomainError, match="total_above_cap"):
                refuse_beyond_law(dearer, private, RULES)
        else:
            refuse_beyond_law(dearer, private, RULES)
        refuse_beyond_law(dearer, LOAN, RULES)
