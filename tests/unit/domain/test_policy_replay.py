"""What another policy answers to an offer that was signed: on the facts of then, priced anew only where prices differ."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.domain.budgets import Budget, Income, Outgoing
from portal.domain.frozen_facts import FrozenFacts
from portal.domain.loans import LoanFacts
from portal.domain.plans import ArrearsTreatment, DeferredInterest, PlanKind, PlanRequest
from portal.domain.policy import Band, Circumstances, HardshipReason, Policy
from portal.domain.policy_replay import (
    SUM_BANDS,
    LeftOut,
    Outcome,
    ReplayAnswer,
    ReplayCase,
    Touched,
    answer_under,
    standard_cases,
    sum_band,
    touched_by,
)
from portal.domain.pricing import price_plan
from tests.unit.domain.late_loans import CALENDAR, POLICY, RULES, TODAY, late_loan

LOAN = late_loan()
LATE_DAYS = 26
SIX = PlanRequest(PlanKind.CATCH_UP, installments=6, day_of_month=20)
PAUSE = PlanRequest(PlanKind.DEFER, defer_periods=2)


def facts_of(loan: LoanFacts = LOAN, *, dpd: int = LATE_DAYS, **circumstances: Any) -> FrozenFacts:
    return FrozenFacts(loan, TODAY, dpd, Circumstances(**circumstances), (), CALENDAR.version)


def signed(request: PlanRequest = SIX, *, facts: FrozenFacts | None = None, **more: Any) -> ReplayCase:
    """An offer that was signed under the policy of the tests."""
    facts = facts or facts_of()
    return ReplayCase(facts, price_plan(facts.loan, request, RULES), POLICY, CALENDAR, **more)


def told(case: ReplayCase, policy: Policy = POLICY) -> tuple[Outcome, Sequence[str]]:
    answer = answer_under(case, policy)
    return answer.outcome, answer.reasons


def with_most(kind: PlanKind, count: int | None) -> Policy:
    kept = {each: most for each, most in POLICY.max_terms.items() if each is not kind}
    return replace(POLICY, max_terms=kept if count is None else {**kept, kind: count})


def with_band(kind: PlanKind, **limits: int) -> Policy:
    return replace(POLICY, bands={**POLICY.bands, kind: replace(POLICY.bands[kind], **limits)})


# the same answer, and another one


def test_the_policy_that_priced_an_offer_answers_it_with_its_own_figures() -> None:
    case = signed()
    cost = case.plan.cost
    assert answer_under(case, POLICY) == ReplayAnswer(
        Outcome.AT_ONCE, (), cost.total_paid, cost.beyond_principal
    )


@pytest.mark.parametrize(("days", "outcome"), [(26, Outcome.AT_ONCE), (25, Outcome.PERSON)])
def test_limits_are_held_against_the_days_of_then(days: int, outcome: Outcome) -> None:
    reasons = () if outcome is Outcome.AT_ONCE else ("dpd_above_band",)
    assert told(signed(), with_band(PlanKind.CATCH_UP, max_dpd=days)) == (outcome, reasons)


def test_every_reason_for_a_person_is_told_and_the_figures_stay() -> None:
    case = signed()
    tight = replace(POLICY, bands={PlanKind.CATCH_UP: Band(max_amount_minor=0, max_dpd=0, max_terms=5)})
    assert answer_under(case, tight) == ReplayAnswer(
        Outcome.PERSON,
        ("amount_above_band", "dpd_above_band", "term_above_band"),
        case.plan.cost.total_paid,
        case.plan.cost.beyond_principal,
    )


def test_circumstances_are_those_of_signing() -> None:
    assert told(signed(facts=facts_of(has_guarantor=True))) == (Outcome.PERSON, ("guarantor",))


def test_what_happened_and_the_budget_count_as_far_as_they_are_still_kept() -> None:
    assert told(signed(hardship=HardshipReason.ILLNESS)) == (Outcome.PERSON, ("sensitive_hardship",))
    poor = Budget(1, {Income.WAGES: 150_000}, {Outgoing.FOOD: 100_000})
    assert told(signed(budget=poor)) == (Outcome.PERSON, ("below_living_floor",))


# no such plan


def test_a_kind_that_the_policy_does_not_have_is_not_offered() -> None:
    assert answer_under(signed(), with_most(PlanKind.CATCH_UP, None)) == ReplayAnswer(
        Outcome.NOT_OFFERED, ("kind_not_offered",), None, None
    )


@pytest.mark.parametrize(("most", "outcome"), [(2, Outcome.PERSON), (1, Outcome.NOT_OFFERED)])
def test_more_periods_than_the_policy_has_are_not_offered(most: int, outcome: Outcome) -> None:
    reason = "term_above_band" if outcome is Outcome.PERSON else "deferral_out_of_range"
    assert told(signed(PAUSE), with_most(PlanKind.DEFER, most)) == (outcome, (reason,))


def test_more_payments_than_the_policy_has_are_for_a_person() -> None:
    case = signed(replace(SIX, installments=10))
    assert told(
        case, replace(with_band(PlanKind.CATCH_UP, max_terms=9), max_terms={PlanKind.CATCH_UP: 5})
    ) == (Outcome.PERSON, ("term_above_band",))


def test_a_plan_above_the_lenders_own_cap_is_beyond_law_and_its_figures_are_told() -> None:
    """The arrears cost something, and the policy's cap is next to nothing."""
    case = signed(PlanRequest(PlanKind.RESCHEDULE, installments=12, day_of_month=20))
    capped = replace(POLICY, product_caps={"consumer_finance": "0.01"})
    assert answer_under(case, capped) == ReplayAnswer(
        Outcome.OVER_LAW,
        ("rate_above_cap",),
        case.plan.cost.total_paid,
        case.plan.cost.beyond_principal,
    )


# priced anew, or as it was


def marked(case: ReplayCase) -> ReplayCase:
    """Its plan was paid with 7, of which 3 beyond the principal: no pricing says so."""
    cost = replace(case.plan.cost, total_paid=7, beyond_principal=3)
    return replace(case, plan=replace(case.plan, cost=cost))


@pytest.mark.parametrize(
    "changes",
    [
        {"arrears_treatment": ArrearsTreatment.FIRST_INSTALLMENT},
        {"deferred_interest": DeferredInterest.STOPS},
        {"step_up_top_pct": 151},
        {"settlement_floor_pct": 49},
        {"lead_working_days": 4},
        {"answer_working_days": 3},
        {"promise_days": 29},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_policy_that_prices_otherwise_prices_anew(changes: dict[str, Any]) -> None:
    assert answer_under(marked(signed()), replace(POLICY, **changes)).paid != 7
    assert answer_under(replace(marked(signed()), priced_by=replace(POLICY, **changes)), POLICY).paid != 7


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "other"},
        {"min_payment_minor": 1},
        {"answer_hour": 9},
        {"offer_days": 30},
        {"deferral_periods_a_year": 0},
        {"max_terms": {PlanKind.CATCH_UP: 6}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_policy_that_differs_elsewhere_answers_the_plan_as_it_was_signed(changes: dict[str, Any]) -> None:
    answer = answer_under(marked(signed()), replace(POLICY, **changes))
    assert (answer.paid, answer.cost) == (7, 3)


def test_what_becomes_of_arrears_is_the_new_policys_to_say() -> None:
    """Added to the principal they bear interest; spread they bear none."""
    case = signed(PlanRequest(PlanKind.RESCHEDULE, installments=12, day_of_month=20))
    capitalised = replace(POLICY, arrears_treatment=ArrearsTreatment.CAPITALISED)
    anew = price_plan(
        LOAN,
        replace(case.plan.request, arrears_treatment=ArrearsTreatment.CAPITALISED),
        replace(RULES, policy=capitalised),
    )
    assert anew.cost.total_paid > case.plan.cost.total_paid
    assert answer_under(case, capitalised).paid == anew.cost.total_paid


def test_a_waiver_stays_one_under_every_policy() -> None:
    request = PlanRequest(
        PlanKind.RESCHEDULE, installments=12, day_of_month=20, arrears_treatment=ArrearsTreatment.WAIVED
    )
    case = signed(request)
    answer = answer_under(case, replace(POLICY, arrears_treatment=ArrearsTreatment.CAPITALISED))
    assert (answer.paid, answer.reasons) == (case.plan.cost.total_paid, ("settlement_or_waiver",))


@pytest.mark.parametrize("treatment", [ArrearsTreatment.SPREAD, ArrearsTreatment.WAIVED])
def test_what_interest_does_meanwhile_is_the_new_policys_to_say(treatment: ArrearsTreatment) -> None:
    case = signed(replace(PAUSE, arrears_treatment=treatment))
    stops = replace(POLICY, deferred_interest=DeferredInterest.STOPS)
    request = replace(case.plan.request, deferred_interest=DeferredInterest.STOPS)
    anew = price_plan(LOAN, request, replace(RULES, policy=stops))
    assert anew.cost.total_paid < case.plan.cost.total_paid
    assert answer_under(case, stops).paid == anew.cost.total_paid


# days


@pytest.mark.parametrize(
    ("changes", "request_"),
    [
        ({"lead_working_days": 20}, replace(SIX, first_on=date(2026, 9, 21))),
        ({"lead_working_days": 0}, replace(SIX, first_on=date(2026, 11, 18))),
        ({"answer_working_days": 9}, PlanRequest(PlanKind.PAY_BY_DATE, first_on=date(2026, 9, 16))),
        ({"promise_days": 10}, PlanRequest(PlanKind.PAY_BY_DATE, first_on=date(2026, 10, 9))),
        ({"lead_working_days": 20}, replace(SIX, upfront_minor=5_000, upfront_on=date(2026, 9, 21))),
    ],
    ids=["too early", "too late", "promised too early", "promised too late", "paid first too early"],
)
def test_a_day_that_the_policy_does_not_allow_becomes_its_earliest(
    changes: dict[str, Any], request_: PlanRequest
) -> None:
    case = signed(request_)
    policy = replace(POLICY, **changes)
    anew = price_plan(LOAN, replace(request_, first_on=None, upfront_on=None), replace(RULES, policy=policy))
    assert answer_under(case, policy).paid == anew.cost.total_paid


def test_a_day_that_is_still_allowed_is_kept() -> None:
    request = PlanRequest(PlanKind.RESCHEDULE, installments=12, first_on=date(2026, 10, 30))
    case = signed(request)
    assert answer_under(case, replace(POLICY, lead_working_days=4)).paid == case.plan.cost.total_paid
    earliest = price_plan(LOAN, replace(request, first_on=None), RULES)
    assert earliest.cost.total_paid != case.plan.cost.total_paid


def test_what_cannot_be_priced_for_another_reason_is_not_offered() -> None:
    """What was spread cannot be added to a principal that a plan beside the schedule does not have."""
    capitalised = replace(POLICY, arrears_treatment=ArrearsTreatment.CAPITALISED)
    assert answer_under(signed(), capitalised) == ReplayAnswer(
        Outcome.NOT_OFFERED, ("treatment_not_for_kind",), None, None
    )


# who is touched


def test_those_who_are_touched_are_told_apart_by_bucket_kind_currency_sum_and_age() -> None:
    assert touched_by(signed(birth_year=1990)) == Touched(
        bucket="M1", kind="catch_up", currency="CNY", sum_band="200000", age_band="35-44"
    )
    assert touched_by(signed(facts=facts_of(dpd=0))).bucket == "not_late"
    assert touched_by(signed()).age_band == "unknown"
    later = replace(facts_of(), on=date(2035, 1, 1))
    assert touched_by(replace(signed(birth_year=1990), facts=later)).age_band == "45-54"


@pytest.mark.parametrize(
    ("minor", "band"),
    [
        (0, "200000"),
        (200_000, "200000"),
        (200_001, "500000"),
        (500_001, "1000000"),
        (1_000_001, "2000000"),
        (2_000_001, "5000000"),
        (10_000_000, "10000000"),
        (10_000_001, "more"),
    ],
)
def test_a_sum_belongs_to_the_band_whose_end_it_does_not_pass(minor: int, band: str) -> None:
    assert sum_band(minor) == band
    assert band in SUM_BANDS


# the loans of the book


def standard(loan: LoanFacts, policy: Policy = POLICY) -> list[ReplayCase | LeftOut]:
    return list(standard_cases(facts_of(loan), priced_by=policy, calendar=CALENDAR, birth_year=1990))


def test_a_late_loan_is_asked_about_the_plans_that_most_people_choose() -> None:
    found = [
        (case.plan.kind.value, case.plan.request.terms, case.plan.request.steps)
        if isinstance(case, ReplayCase)
        else case
        for case in standard(LOAN)
    ]
    # A pause of one month is too short for a loan that is late since August.
    assert found == [
        ("catch_up", 6, 0), ("catch_up", 12, 0), ("reschedule", 12, 0), ("reschedule", 24, 0),
        ("step_up", 12, 2), ("interest_only", 1, 0), LeftOut.NOTHING_TO_PLAN, ("pay_by_date", 1, 0),
    ]  # fmt: skip


def test_each_is_priced_by_the_policy_in_force_on_the_facts_of_the_day() -> None:
    capitalised = replace(POLICY, arrears_treatment=ArrearsTreatment.CAPITALISED)
    case = standard(LOAN, capitalised)[2]
    assert isinstance(case, ReplayCase)
    request = replace(
        RULES.request_for(PlanKind.RESCHEDULE),
        installments=12,
        arrears_treatment=ArrearsTreatment.CAPITALISED,
    )
    plan = price_plan(LOAN, request, replace(RULES, policy=capitalised))
    assert case == ReplayCase(facts_of(), plan, capitalised, CALENDAR, birth_year=1990)


def test_a_kind_that_cannot_be_priced_is_told_and_the_others_are_asked() -> None:
    found = standard(LOAN, with_most(PlanKind.CATCH_UP, None))
    assert found[:2] == [LeftOut.NOTHING_TO_PLAN, LeftOut.NOTHING_TO_PLAN]
    assert sum(isinstance(case, ReplayCase) for case in found) == 5


def test_a_loan_that_is_not_late_has_nothing_to_plan() -> None:
    assert set(standard(late_loan(met=8))) == {LeftOut.NOTHING_TO_PLAN}
