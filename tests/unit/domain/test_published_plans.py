"""Plans against published figures: interest first, weekly payments, and when a plan begins after a sum up front."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.calendar import BusinessCalendar, Every
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.plan_dates import first_date, upfront_dates
from portal.domain.plans import ArrearsTreatment, Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from portal.domain.schedules import Amortisation, Convention, ScheduleTerms, schedule_of
from tests.published import SHARED, Case, published
from tests.unit.domain.late_loans import POLICY, loan_of

EVERY_DAY = BusinessCalendar.of("every day", first_year=2100, covers_to=date(2100, 1, 1))
"""Covers nothing: no date moves."""
AT_ONCE = replace(POLICY, answer_working_days=0, lead_working_days=1)


def priced(loan: LoanFacts, request: PlanRequest, on: date) -> Plan:
    asked = replace(request, arrears_treatment=ArrearsTreatment.WAIVED)
    return price_plan(loan, asked, PricingRules(AT_ONCE, EVERY_DAY, on))


def unpaid(terms: ScheduleTerms, **changes: Any) -> LoanFacts:
    rows = [
        InstallmentFacts(row.number, row.due_on, Components(row.principal, row.interest), Components())
        for row in schedule_of(terms).rows
    ]
    said = {"annual_rate_pct": terms.annual_rate_pct, "currency": terms.currency}
    return loan_of(*rows, as_of=rows[0].due_on, penalty_rate_pct=Decimal(0), **said, **changes)


@pytest.mark.parametrize("case", published("engines", "deferral", only="FIN-MOR-01"))
def test_interest_first_is_the_annuity_after_a_principal_grace(case: Case) -> None:
    """Four installments, the first just missed: two periods of interest, then the four as they were."""
    terms = ScheduleTerms(
        principal=10_000,
        annual_rate_pct=Decimal(str(case["inputs"]["annual_rate_pct"])),
        installments=4,
        every=Every.parse("1 month"),
        disbursed_on=date(2023, 11, 1),
    )
    plan = priced(unpaid(terms), PlanRequest(PlanKind.INTEREST_ONLY, interest_periods=2), date(2024, 1, 1))
    assert [
        (row.due_on.isoformat(), row.due, row.parts.principal, row.parts.interest, row.balance)
        for row in plan.rows
    ] == [
        (row["due_date"], *(round(row[name] * 100) for name in ("due", "principal", "interest", "balance")))
        for row in case["expected"]["rows"]
    ]


@pytest.mark.parametrize("case", published("engines", "deferral", only="FIN-CLS-03"))
def test_interest_first_before_equal_principal_in_whole_hundreds(case: Case) -> None:
    """Its principal and its periods of interest alone; later interest is what the book states, rounded there to hundreds."""
    terms = ScheduleTerms(
        principal=case["inputs"]["principal"],
        annual_rate_pct=Decimal(12 * case["inputs"]["rate_pct_per_month"]),
        installments=19,
        every=Every.parse("1 month"),
        disbursed_on=date(2014, 5, 2),
        currency="JPY",
        convention=Convention(amortisation=Amortisation.EQUAL_PRINCIPAL, multiple=100),
    )
    loan = unpaid(terms, amortisation="equal_principal", multiple=100)
    request = PlanRequest(PlanKind.INTEREST_ONLY, interest_periods=5)
    plan = priced(replace(loan, as_of=date(2014, 7, 2)), request, date(2014, 7, 2))
    by_number = {row.number: row for row in plan.rows}
    for row in case["expected"]["rows"]:
        found = by_number[row["n"]]
        assert found.parts.principal == row["principal"]
        assert abs(found.parts.interest - row["interest"]) <= 50
    assert len(plan.rows) == case["inputs"]["n"]


@pytest.mark.parametrize("case", published("engines", "schedule", only="FIN-EMI-05"))
def test_weekly_payments_of_everything_owed(case: Case) -> None:
    rate = Decimal(str(case["inputs"]["annual_rate_pct"]))
    late = InstallmentFacts(1, date(2023, 12, 31), Components(principal=10_000), Components())
    loan = loan_of(late, annual_rate_pct=rate, day_count="act/364", as_of=date(2024, 1, 1))
    request = PlanRequest(
        PlanKind.RESCHEDULE, installments=6, every=case["inputs"]["every"], first_on=date(2024, 1, 8)
    )
    plan = priced(loan, request, date(2024, 1, 1))
    assert [
        (row.due_on.isoformat(), row.due, row.parts.principal, row.parts.interest, row.balance)
        for row in plan.rows
    ] == [
        (row["due_date"], *(round(row[name] * 100) for name in ("due", "principal", "interest", "balance")))
        for row in case["expected"]["rows"]
    ]


def published_start_dates() -> Sequence[Any]:
    path = SHARED / "cases" / "uk_tax_plans.json"
    if not path.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no published cases: {path} is missing"))]
    return list(json.loads(path.read_text(encoding="utf-8"))["start_dates"]["rows"])


@pytest.mark.parametrize("row", published_start_dates())
def test_a_plan_begins_where_a_public_plan_service_has_it_begin(row: Case) -> None:
    """Its lead is ten days of any kind; a sum up front falls on that day, and the installments wait a month from today."""
    today = date.fromisoformat(row["today"])
    any_day = [today + timedelta(days=ahead) for ahead in range(20)]
    calendar = replace(EVERY_DAY, workdays=frozenset(any_day))
    policy = replace(POLICY, answer_working_days=0, lead_working_days=10)
    request = PlanRequest(
        PlanKind.CATCH_UP, day_of_month=row["pay_day"], upfront_minor=100 if row["upfront"] else 0
    )
    assert (
        first_date(request, on=today, policy=policy, calendar=calendar).isoformat() == row["first_instalment"]
    )
    if row["upfront"]:
        assert upfront_dates(today, policy, calendar)[0].isoformat() == row["upfront_date"]
