"""Plans are priced to the cent, by component, and the same facts give the same bytes."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.kind_options import deferral_options
from portal.domain.loans import Components, LoanFacts
from portal.domain.plans import ArrearsTreatment, DeferredInterest, Plan, PlanKind, PlanRequest, PlanRow
from portal.domain.pricing import price_plan
from portal.domain.pricing_rules import PricingRules
from tests.unit.domain.late_loans import CALENDAR, POLICY, RULES, TODAY, late_loan

EXTRA = Components(fee=1_000, penalty=777)
LOAN = late_loan(extra=EXTRA)
"""Installment 7 (15 August) is late: 948.67 + 67.52 (see ``late_loans``), and 17.77 besides."""


def price(kind: PlanKind, loan: LoanFacts = LOAN, rules: PricingRules = RULES, **asked: Any) -> Plan:
    return price_plan(loan, PlanRequest(kind=kind, **asked), rules)


def catch_up(count: int, **asked: Any) -> Plan:
    return price(PlanKind.CATCH_UP, installments=count, **asked)


def reschedule(count: int, **asked: Any) -> Plan:
    return price(PlanKind.RESCHEDULE, installments=count, **asked)


def defer(periods: int, **asked: Any) -> Plan:
    return price(PlanKind.DEFER, defer_periods=periods, **asked)


def total(rows: Sequence[PlanRow]) -> Components:
    return sum((row.parts for row in rows), Components())


def principal_left(loan: LoanFacts) -> int:
    return sum(row.outstanding.principal for row in loan.installments)


def late(loan: LoanFacts) -> Components:
    return loan.installments[6].outstanding


# catch_up


def test_catching_up_spreads_each_component_of_the_arrears_to_the_cent() -> None:
    plan = catch_up(4)
    assert plan.arrears == late(LOAN) == total(plan.rows)
    assert (plan.advance, plan.cost.total_paid) == (late(LOAN).total, late(LOAN).total)
    assert max(row.due for row in plan.rows) - min(row.due for row in plan.rows) <= 4
    assert all(row.parts.penalty and row.parts.fee and row.parts.interest for row in plan.rows)
    assert [row.balance for row in plan.rows][-1] == 0


def test_catching_up_shows_the_running_schedule_beside() -> None:
    running = catch_up(4).running_rows
    assert [(row.number, row.parts) for row in running] == [
        (row.number, row.due) for row in LOAN.installments[7:]
    ]
    assert all(row.is_running for row in running)
    assert running[-1].balance == 0


def test_arrears_beside_principal_can_come_with_the_first_payment() -> None:
    plan = catch_up(3, arrears_treatment=ArrearsTreatment.FIRST_INSTALLMENT)
    assert total(plan.rows) == late(LOAN)
    assert [row.parts.penalty for row in plan.rows] == [777, 0, 0]
    assert plan.rows[1].parts == Components(principal=plan.rows[1].due)
    assert "arrears_in_first_payment" in plan.notes


def test_what_is_waived_is_not_paid_and_principal_still_is() -> None:
    plan = catch_up(3, arrears_treatment=ArrearsTreatment.WAIVED)
    assert total(plan.rows) == Components(principal=late(LOAN).principal)
    assert (plan.arrears, plan.cost.beyond_principal) == (late(LOAN), 0)


def test_catching_up_bears_no_interest() -> None:
    plan = catch_up(6)
    assert plan.cost.annual_compound_pct == plan.cost.annual_simple_pct == "0.00"
    assert plan.cost.beyond_principal == late(LOAN).total - late(LOAN).principal


@pytest.mark.parametrize(
    "kind", [PlanKind.CATCH_UP, PlanKind.DEFER, PlanKind.INTEREST_ONLY, PlanKind.PAY_BY_DATE]
)
def test_arrears_become_principal_only_where_something_is_lent_anew(kind: PlanKind) -> None:
    with pytest.raises(DomainError) as refusal:
        price(
            kind,
            installments=3,
            defer_periods=2,
            interest_periods=1,
            arrears_treatment=ArrearsTreatment.CAPITALISED,
        )
    assert (refusal.value.code, refusal.value.field) == ("treatment_not_for_kind", "arrears_treatment")


# reschedule


def test_rescheduling_takes_over_all_principal_and_everything_in_arrears() -> None:
    plan = reschedule(24)
    rows, owed = total(plan.rows), late(LOAN)
    assert rows.principal == principal_left(LOAN)
    assert (rows.fee, rows.penalty) == (owed.fee, owed.penalty)
    assert plan.running_rows == ()
    assert len(plan.rows) == 24
    assert max(row.due for row in plan.rows) - min(row.due for row in plan.rows[:-1]) <= 24


def test_the_running_periods_interest_is_counted_by_its_days() -> None:
    """26 of the 31 days from 15 August to 15 September have gone."""
    following = LOAN.installments[7].due.interest
    accrued = round(Decimal(following) * 26 / 31)
    plan = reschedule(24)
    assert plan.advance == principal_left(LOAN) + late(LOAN).total - late(LOAN).principal + accrued


def test_rescheduled_interest_runs_from_today_on_what_is_left() -> None:
    """30/360: 10 September to 1 October is 21 days, then months; capitalised, so that nothing stands beside."""
    plan = reschedule(12, arrears_treatment=ArrearsTreatment.CAPITALISED)
    lent = plan.advance
    assert total(plan.rows).principal == lent
    assert plan.rows[0].parts.interest == round(Decimal(lent) * 12 * 21 / 36000)
    assert plan.rows[1].parts.interest == round(Decimal(plan.rows[0].balance) / 100)
    assert plan.cost.beyond_principal == plan.cost.total_paid - principal_left(LOAN)
    assert "arrears_bear_interest" in plan.notes


def test_each_treatment_of_arrears_costs_what_it_says() -> None:
    def cost(treatment: ArrearsTreatment) -> int:
        return reschedule(12, arrears_treatment=treatment).cost.total_paid

    spread, first = cost(ArrearsTreatment.SPREAD), cost(ArrearsTreatment.FIRST_INSTALLMENT)
    assert spread == first
    assert cost(ArrearsTreatment.CAPITALISED) > spread > cost(ArrearsTreatment.WAIVED)


def test_the_annualised_cost_is_the_irr_on_the_principal_outstanding() -> None:
    plan = reschedule(18, first_on=date(2026, 9, 28))
    dates = [TODAY, *(row.date_moved_from or row.due_on for row in plan.rows)]
    sums = [-principal_left(LOAN), *(row.due for row in plan.rows)]
    expected = pyxirr.xirr(dates, [float(amount) for amount in sums])
    assert expected is not None
    assert plan.cost.annual_compound_pct == f"{expected * 100:.2f}"


# defer


def test_deferring_moves_each_unmet_installment_along_the_schedule() -> None:
    plan = defer(2)
    reckoned = [row.date_moved_from or row.due_on for row in plan.rows]
    assert reckoned == [date(2026, month, 15) for month in (10, 11, 12)] + [
        date(2027, month, 15) for month in (1, 2, 3)
    ]
    assert total(plan.rows).principal == principal_left(LOAN)


def test_interest_of_the_time_gained_runs_or_stops_or_comes_last_as_asked() -> None:
    runs = defer(2, deferred_interest=DeferredInterest.RUNS)
    stops = defer(2, deferred_interest=DeferredInterest.STOPS)
    last = defer(2, deferred_interest=DeferredInterest.RUNS_AND_PAID_AT_END)
    gained = runs.cost.total_paid - stops.cost.total_paid
    assert gained > 0
    assert last.cost.total_paid == runs.cost.total_paid
    assert last.rows[-1].due == stops.rows[-1].due + gained
    assert [row.due for row in last.rows[:-1]] == [row.due for row in stops.rows[:-1]]
    assert "last_payment_larger" in last.notes


def test_a_month_gained_costs_a_month_of_interest_on_each_principal() -> None:
    """30/360: the late installment moves from 10 September (today; its days before bore penalty) to the 15th."""
    runs = defer(2, deferred_interest=DeferredInterest.RUNS)
    stops = defer(2, deferred_interest=DeferredInterest.STOPS)
    gained = [one.parts.interest - two.parts.interest for one, two in zip(runs.rows, stops.rows, strict=True)]
    first, *rest = [row.outstanding.principal for row in LOAN.installments[6:]]
    assert gained == [round(Decimal(first) * 35 * 12 / 36000), *(round(Decimal(p) * 2 / 100) for p in rest)]


def test_deferred_month_ends_keep_their_anchor_beyond_the_schedule() -> None:
    loan = late_loan()
    dates = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    dates += [date(2026, 6, 30), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30)]
    dates += [date(2026, 12, 31), date(2027, 2, 28)]
    rows = [replace(row, due_on=day) for row, day in zip(loan.installments, dates, strict=True)]
    plan = defer(1, loan=replace(loan, installments=rows))
    assert (plan.rows[-1].date_moved_from or plan.rows[-1].due_on) == date(2027, 3, 31)


def test_a_date_that_the_book_moved_for_a_holiday_is_no_anchor_beyond_the_schedule() -> None:
    loan = late_loan()
    rows = [
        replace(row, due_on=row.due_on.replace(day=17 if row.number == 9 else 15))
        for row in loan.installments
    ]
    plan = defer(2, loan=replace(loan, installments=rows))
    assert [row.date_moved_from or row.due_on for row in plan.rows][-2:] == [
        date(2027, 2, 15),
        date(2027, 3, 15),
    ]


def test_a_period_that_leads_beyond_the_calendar_of_mankind_offers_no_pause() -> None:
    assert deferral_options(late_loan(every="366 years"), RULES) == ()


def test_a_pause_that_ends_before_the_lender_can_answer_is_refused_naming_the_day() -> None:
    with pytest.raises(DomainError) as refusal:
        defer(1, loan=late_loan(met=5))
    assert refusal.value.code == "deferral_too_short"
    assert refusal.value.details == {"earliest": "2026-09-17", "fewest": 3}


def test_where_no_pause_reaches_the_refusal_names_none_that_would() -> None:
    """Late since February: even three periods lead to May."""
    for periods in (1, 2, 3):
        with pytest.raises(DomainError) as refusal:
            defer(periods, loan=late_loan(met=1))
        assert refusal.value.code == "deferral_in_vain"
        assert refusal.value.details == {"earliest": "2026-09-17", "maximum": 3}


def test_where_the_one_pause_that_would_reach_leads_beyond_the_calendar_none_helps() -> None:
    *rows, last = late_loan().installments
    far = replace(late_loan(), installments=(*rows, replace(last, due_on=date(2199, 11, 15))))
    with pytest.raises(DomainError) as refusal:
        defer(1, loan=far)
    assert refusal.value.code == "deferral_in_vain"


# all kinds


def test_a_loan_with_nothing_overdue_has_nothing_to_plan() -> None:
    for kind in PlanKind:
        with pytest.raises(DomainError, match="nothing_overdue"):
            price(kind, loan=late_loan(met=7), installments=3, defer_periods=1)


@pytest.mark.parametrize(
    ("kind", "asked", "code", "field"),
    [
        (PlanKind.CATCH_UP, {"installments": 0}, "installments_out_of_range", "installments"),
        (PlanKind.RESCHEDULE, {"installments": -1}, "installments_out_of_range", "installments"),
        (PlanKind.RESCHEDULE, {"installments": 10**9}, "installments_out_of_range", "installments"),
        (PlanKind.DEFER, {"defer_periods": 0}, "deferral_out_of_range", "defer_periods"),
        (PlanKind.DEFER, {"defer_periods": 4}, "deferral_out_of_range", "defer_periods"),
        (PlanKind.INTEREST_ONLY, {"interest_periods": 0}, "deferral_out_of_range", "interest_periods"),
        (PlanKind.INTEREST_ONLY, {"interest_periods": 7}, "deferral_out_of_range", "interest_periods"),
        (PlanKind.STEP_UP, {"installments": 0, "steps": 2}, "installments_out_of_range", "installments"),
        (PlanKind.STEP_UP, {"installments": 9, "steps": 1}, "steps_out_of_range", "steps"),
        (PlanKind.STEP_UP, {"installments": 9, "steps": 4}, "steps_out_of_range", "steps"),
        (PlanKind.STEP_UP, {"installments": 2, "steps": 3}, "steps_need_more_payments", "installments"),
        (PlanKind.SETTLEMENT, {"installments": 4}, "installments_out_of_range", "installments"),
        (PlanKind.DEFER, {"defer_periods": 2, "upfront_minor": 1}, "upfront_not_for_kind", "upfront"),
        (PlanKind.CATCH_UP, {"installments": 2, "upfront_minor": -1}, "upfront_not_for_kind", "upfront"),
    ],
)
def test_numbers_out_of_range_are_refused_on_their_field(
    kind: PlanKind, asked: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        price(kind, **asked)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_more_parts_than_cents_make_no_plan() -> None:
    loan = late_loan()
    rows = [
        replace(row, paid=row.due - Components(principal=3)) if row.number == 7 else row
        for row in loan.installments
    ]
    with pytest.raises(DomainError, match="installments_out_of_range"):
        catch_up(4, loan=replace(loan, installments=rows))


def test_days_off_move_the_date_and_not_the_interest() -> None:
    moved = reschedule(12, first_on=date(2026, 9, 25))
    assert moved.rows[0].due_on == date(2026, 9, 28)
    assert moved.rows[0].date_moved_from == date(2026, 9, 25)
    assert {"date_moved_holiday", "dates_beyond_calendar"} <= set(moved.notes)
    unmoved = replace(RULES, calendar=replace(CALENDAR, holidays=frozenset()))
    plain = reschedule(12, first_on=date(2026, 9, 25), rules=unmoved)
    assert [row.parts for row in plain.rows] == [row.parts for row in moved.rows]
    assert plain.cost == moved.cost


def test_penalty_since_the_books_day_is_in_the_arrears() -> None:
    loan = replace(LOAN, as_of=date(2026, 9, 1))
    grown = round(Decimal(late(LOAN).principal) * 18 * 9 / 36500)
    assert catch_up(3, loan=loan).arrears.penalty == late(LOAN).penalty + grown


@pytest.mark.parametrize("kind", [PlanKind.CATCH_UP, PlanKind.RESCHEDULE])
def test_the_method_of_a_plans_yearly_cost_is_kept_with_it(kind: PlanKind) -> None:
    assert price(kind, installments=6).cost.method_version == "cn_irr/1"


def test_the_conventions_behind_the_figures_are_kept_with_them() -> None:
    assert dict(reschedule(12).convention) == {
        "amortisation": "equal_installment",
        "interest_method": "declining",
        "day_count": "30/360",
        "rounding": "half_even",
        "every": "1 month",
        "annual_rate_pct": "12",
        "calendar": "CN-2026",
        "policy": "test",
        "engine": "pricing/3",
    }


REQUESTS = st.builds(
    PlanRequest,
    kind=st.sampled_from(list(PlanKind)),
    installments=st.integers(1, 60),
    defer_periods=st.integers(1, 3),
    interest_periods=st.integers(1, 6),
    steps=st.integers(2, 3),
    every=st.sampled_from(["1 month", "4 weeks", "2 weeks", "1 week", "2 months"]),
    day_of_month=st.integers(0, 28),
    weekday=st.integers(0, 7),
    upfront_minor=st.sampled_from([0, 0, 1, 12_345, 90_000]),
    settle_minor=st.integers(350_000, 700_000),
    arrears_treatment=st.sampled_from(list(ArrearsTreatment)),
    deferred_interest=st.sampled_from(list(DeferredInterest)),
)
LOANS = st.builds(
    late_loan,
    met=st.integers(3, 6),
    extra=st.builds(Components, st.just(0), st.just(0), st.integers(0, 9999), st.integers(0, 9999)),
    annual_rate_pct=st.decimals(0, 36, places=2),
    day_count=st.sampled_from(["30/360", "act/365", "act/act"]),
    interest_method=st.sampled_from(["declining", "flat"]),
    rounding=st.sampled_from(["half_even", "half_up", "floor"]),
    multiple=st.sampled_from([None, 1, 100]),
)


MISFITS = {
    "treatment_not_for_kind",
    "deferral_too_short",
    "deferral_in_vain",
    "installments_out_of_range",
    "upfront_not_for_kind",
    "steps_need_more_payments",
    "steps_below_interest",
    "no_interest_to_pay",
    "settlement_out_of_bounds",
}
"""What a request drawn at random may be refused for."""


@settings(max_examples=300, deadline=None)
@given(LOANS, REQUESTS)
def test_every_plan_keeps_its_promises(loan: LoanFacts, request: PlanRequest) -> None:
    try:
        plan = price_plan(loan, request, RULES)
    except DomainError as refusal:
        assert refusal.code in MISFITS  # noqa: PT017 - any is right
        return
    rows, paid = plan.rows, total(plan.rows)
    assert paid.total == plan.cost.total_paid == sum(row.due for row in rows)
    assert min(min(row.parts.as_dict().values()) for row in rows) >= 0
    assert min(row.balance for row in rows) == rows[-1].balance == 0
    assert all(one.due_on < two.due_on for one, two in pairwise(rows))
    assert rows[0].due_on >= date(2026, 9, 15)
    assert [row.number for row in plan.installments] == list(range(1, len(plan.installments) + 1))
    assert (plan.upfront.due if plan.upfront else 0) == request.upfront_minor
    assert Plan.from_terms(json.loads(json.dumps(plan.terms()))).terms() == plan.terms()
    if request.kind.is_in_parts or request.kind is PlanKind.SETTLEMENT:
        assert len(plan.installments) == request.installments
    is_waived = request.arrears_treatment is ArrearsTreatment.WAIVED
    if request.arrears_treatment is not ArrearsTreatment.CAPITALISED and plan.kind is not PlanKind.SETTLEMENT:
        assert paid.penalty == (0 if is_waived else plan.arrears.penalty)
        everything = not request.kind.goes_beside
        assert paid.principal == (principal_left(loan) if everything else plan.arrears.principal)
        assert bool(plan.waived.total) == (is_waived and plan.arrears.total > plan.arrears.principal)


@settings(max_examples=50, deadline=None)
@given(LOANS, REQUESTS)
def test_the_same_facts_give_the_same_bytes(loan: LoanFacts, request: PlanRequest) -> None:
    def written() -> str | None:
        try:
            plan = price_plan(loan, request, PricingRules(POLICY, CALENDAR, TODAY))
        except DomainError as refusal:
            return refusal.code
        return json.dumps(plan.terms(), sort_keys=True)

    assert written() == written()
