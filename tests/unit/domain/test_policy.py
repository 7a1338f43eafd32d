"""Policy says who decides, never no: each exclusion alone sends a plan to a person, each band holds to its edge."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.budgets import Budget, Income, Outgoing, affordability
from portal.domain.calendar import BusinessCalendar, Every
from portal.domain.loans import Components
from portal.domain.pay_days import most_in_a_month
from portal.domain.plans import ArrearsTreatment, DeferredInterest, Plan, PlanKind, PlanRequest
from portal.domain.policy import (
    DEFAULT_POLICY,
    SENSITIVE_REASONS,
    Assessment,
    Band,
    Circumstances,
    HardshipReason,
    Policy,
    Referral,
    affordability_of,
    answer_by,
    asks_for_budget,
    assess,
    cap_months,
    is_broken_lately,
    is_settlement_or_waiver,
    latest_answer_day,
    most_installments,
    offer_days_on,
    promise_after_pause,
    terms_within,
)
from portal.domain.pricing import price_plan
from portal.domain.second_looks import DEFAULT_SECOND_LOOK, SecondLook
from portal.domain.support_supervision import USUAL_SUPPORT, SupportRules
from tests.people import DAYS_OFF_2026, WORKING_DAYS_2026
from tests.unit.domain.late_loans import POLICY, RULES, late_loan

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA_2026 = BusinessCalendar.of(
    "CN-2026",
    first_year=2026,
    covers_to=date(2026, 12, 31),
    holidays=DAYS_OFF_2026,
    workdays=WORKING_DAYS_2026,
)
PLAN = price_plan(late_loan(), PlanRequest(PlanKind.CATCH_UP, installments=6), RULES)
DEFERRAL = price_plan(late_loan(), PlanRequest(PlanKind.DEFER, defer_periods=2), RULES)

EXCLUSIONS: Mapping[Referral, Mapping[str, Any]] = {
    Referral.TIME_BARRED: {"is_time_barred": True},
    Referral.LENDER_TYPE_UNKNOWN: {"is_lender_type_known": False},
    Referral.GUARANTOR: {"has_guarantor": True},
    Referral.OPEN_DISPUTE: {"has_open_dispute": True},
    Referral.OPEN_COMPLAINT: {"has_open_complaint": True},
    Referral.SENSITIVE_HARDSHIP: {"hardship_reason": HardshipReason.ILLNESS},
    Referral.VULNERABLE: {"is_vulnerable": True},
    Referral.STAFF_RELATION: {"is_staff_relation": True},
    Referral.PLAN_BROKEN_LATELY: {"has_broken_plan_lately": True},
    Referral.LOAN_NOT_ACTIVE: {"is_loan_active": False},
    Referral.RATE_UNCLEAR: {"is_rate_clear": False},
    Referral.LATE_CHARGES_UNCLEAR: {"are_late_charges_clear": False},
    Referral.ASKED_FOR_A_PERSON: {"asks_for_a_person": True},
    Referral.BELOW_LIVING_FLOOR: {"budget": Budget(1, {Income.WAGES: 150_000}, {Outgoing.HOUSING: 90_000})},
}


def reasons(
    plan: Plan = PLAN, *, dpd: int = 26, policy: Policy = POLICY, **changes: Any
) -> tuple[Referral, ...]:
    return tuple(assess(plan, dpd=dpd, circumstances=Circumstances(**changes), policy=policy).reasons)


def banded(**changes: int) -> Policy:
    band = replace(POLICY.bands[PlanKind.CATCH_UP], **changes)
    return replace(POLICY, bands={**POLICY.bands, PlanKind.CATCH_UP: band})


def test_a_plan_within_everything_is_approved_at_once() -> None:
    assert reasons() == ()
    assert assess(PLAN, dpd=26, circumstances=Circumstances(), policy=POLICY).is_at_once


@pytest.mark.parametrize("referral", EXCLUSIONS)
def test_each_exclusion_alone_sends_it_to_a_person(referral: Referral) -> None:
    assert reasons(**EXCLUSIONS[referral]) == (referral,)


def test_every_circumstance_is_tried_alone_here() -> None:
    tried = {name for changes in EXCLUSIONS.values() for name in changes}
    asked = {field.name for field in fields(Circumstances)}
    assert asked - tried == {"is_agent_drafted", "deferred_periods_this_year", "asks_to_skip"}


@pytest.mark.parametrize("reason", HardshipReason)
def test_the_sensitive_reasons_alone_are_never_decided_by_a_machine(reason: HardshipReason) -> None:
    is_sensitive = reason.value in {"illness", "family_event", "disaster"}
    assert (reason in SENSITIVE_REASONS) is is_sensitive
    assert reasons(hardship_reason=reason) == ((Referral.SENSITIVE_HARDSHIP,) if is_sensitive else ())


def test_any_waiver_goes_to_a_person() -> None:
    waiving = replace(PLAN, request=replace(PLAN.request, arrears_treatment=ArrearsTreatment.WAIVED))
    assert reasons(waiving) == (Referral.SETTLEMENT_OR_WAIVER,)


@pytest.mark.parametrize(("above", "is_referred"), [(-1, False), (0, False), (1, True)])
def test_what_an_agent_drafted_is_decided_by_a_person_above_the_policys_sum(
    above: int, *, is_referred: bool
) -> None:
    policy = replace(POLICY, agent_drafted_limit_minor=PLAN.advance - above)
    assert reasons(policy=policy, is_agent_drafted=True) == ((Referral.DRAFTED_BY_AGENT,) * is_referred)
    assert reasons(policy=policy) == ()


@pytest.mark.parametrize(("beyond", "is_referred"), [(-1, False), (0, False), (1, True)])
def test_the_band_of_the_amount_holds_to_the_fen(beyond: int, *, is_referred: bool) -> None:
    policy = banded(max_amount_minor=PLAN.advance - beyond)
    assert reasons(policy=policy) == ((Referral.AMOUNT_ABOVE_BAND,) * is_referred)


@pytest.mark.parametrize(("dpd", "is_referred"), [(0, False), (90, False), (91, True)])
def test_the_band_of_days_late_holds_to_the_day(dpd: int, *, is_referred: bool) -> None:
    assert reasons(dpd=dpd) == ((Referral.DPD_ABOVE_BAND,) * is_referred)


@pytest.mark.parametrize(("most", "is_referred"), [(7, False), (6, False), (5, True)])
def test_the_band_of_the_term_holds_to_the_payment(most: int, *, is_referred: bool) -> None:
    assert reasons(policy=banded(max_terms=most)) == ((Referral.TERM_ABOVE_BAND,) * is_referred)


@pytest.mark.parametrize(("above", "is_referred"), [(-1, False), (0, False), (1, True)])
def test_the_smallest_payment_holds_to_the_fen(above: int, *, is_referred: bool) -> None:
    smallest = min(row.due for row in PLAN.rows)
    policy = replace(POLICY, min_payment_minor=smallest + above)
    assert reasons(policy=policy) == ((Referral.PAYMENT_BELOW_BAND,) * is_referred)


def test_a_single_payment_may_be_as_small_as_the_debt() -> None:
    whole = price_plan(late_loan(), PlanRequest(PlanKind.CATCH_UP, installments=1), RULES)
    assert reasons(whole, policy=replace(POLICY, min_payment_minor=10**9)) == ()


@pytest.mark.parametrize(("used", "is_referred"), [(0, False), (1, False), (2, True)])
def test_a_deferral_is_at_once_within_the_years_allowance(used: int, *, is_referred: bool) -> None:
    policy = replace(
        POLICY, bands={**POLICY.bands, PlanKind.DEFER: replace(POLICY.bands[PlanKind.DEFER], max_terms=3)}
    )
    found = reasons(DEFERRAL, policy=policy, deferred_periods_this_year=used)
    assert found == ((Referral.DEFERRAL_ALLOWANCE_USED,) * is_referred)


def test_earlier_deferrals_are_no_matter_for_other_plans() -> None:
    assert reasons(deferred_periods_this_year=99) == ()


@pytest.mark.parametrize(("used", "is_referred"), [(2, False), (3, True)])
def test_leaving_a_payment_out_counts_against_the_years_allowance(used: int, *, is_referred: bool) -> None:
    found = reasons(asks_to_skip=True, deferred_periods_this_year=used)
    assert found == ((Referral.DEFERRAL_ALLOWANCE_USED,) * is_referred)


def test_a_deferral_is_measured_by_the_periods_it_moves() -> None:
    assert reasons(DEFERRAL) == (Referral.TERM_ABOVE_BAND,)


def test_a_kind_without_a_band_goes_to_a_person() -> None:
    assert reasons(policy=replace(POLICY, bands={})) == (Referral.KIND_NOT_AT_ONCE,)


def test_all_reasons_are_told_and_the_most_important_first() -> None:
    everything = {name: value for changes in EXCLUSIONS.values() for name, value in changes.items()}
    found = reasons(dpd=999, policy=banded(max_amount_minor=0, max_terms=0), **everything)
    assert list(found) == [reason for reason in Referral if reason in set(found)]
    assert found[0] is Referral.TIME_BARRED
    assert set(found) == {
        *EXCLUSIONS,
        Referral.AMOUNT_ABOVE_BAND,
        Referral.DPD_ABOVE_BAND,
        Referral.TERM_ABOVE_BAND,
    }


@given(st.lists(st.sampled_from(list(EXCLUSIONS)), unique=True))
def test_the_reasons_are_exactly_those_that_hold(held: list[Referral]) -> None:
    changes = {name: value for referral in held for name, value in EXCLUSIONS[referral].items()}
    assert set(reasons(**changes)) == set(held)


# the promise


@pytest.mark.parametrize(
    ("submitted", "promised"),
    [
        # Monday: Wednesday at 18:00
        ("2026-11-02 10:00", "2026-11-04 18:00"),
        # Friday night: Tuesday
        ("2026-11-06 23:59", "2026-11-10 18:00"),
        # the day before the National Day week: the first two working days after it, the 8th and the 9th
        ("2026-09-30 12:00", "2026-10-09 18:00"),
        # within that week
        ("2026-10-03 12:00", "2026-10-09 18:00"),
        # Thursday the 8th: Friday, and Saturday the 10th, which is worked in exchange
        ("2026-10-08 09:00", "2026-10-10 18:00"),
        # Sunday 20 September is worked
        ("2026-09-18 09:00", "2026-09-21 18:00"),
        # the Spring Festival, with a Saturday worked before it
        ("2026-02-13 09:00", "2026-02-24 18:00"),
    ],
)
def test_the_answer_is_promised_for_the_second_working_day(submitted: str, promised: str) -> None:
    at, by = (datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) for text in (submitted, promised))
    assert answer_by(at, POLICY, CHINA_2026) == by
    assert latest_answer_day(at.date(), POLICY, CHINA_2026) == by.date()


def test_the_promise_counts_from_the_lenders_day_and_not_from_utc() -> None:
    late_in_shanghai = datetime(2026, 11, 3, 16, 30, tzinfo=UTC).astimezone(SHANGHAI)
    assert answer_by(late_in_shanghai, POLICY, CHINA_2026) == datetime(2026, 11, 6, 18, 0, tzinfo=SHANGHAI)


# limits by frequency


@pytest.mark.parametrize(
    ("every", "most"),
    [
        ("1 month", 60), ("2 months", 30), ("3 months", 20), ("7 months", 8), ("1 year", 5), ("6 years", 1),
        ("1 week", 260), ("2 weeks", 130), ("4 weeks", 65), ("15 days", 121), ("1 day", 1820),
    ],
)  # fmt: skip
def test_sixty_months_hold_for_every_frequency(every: str, most: int) -> None:
    assert cap_months(Every.parse(every)) == most


# the policy as data


def test_the_first_policy_reads_back_as_it_was_written() -> None:
    assert POLICY.bands[PlanKind.RESCHEDULE].max_terms == 24
    assert POLICY.version == "test"
    assert set(PlanKind) - set(POLICY.bands) == {PlanKind.SETTLEMENT}
    assert all(POLICY.offers(kind) for kind in PlanKind)


LATER = (
    "cooling_minutes",
    "support",
    "promise_days",
    "cooling_minutes",
    "step_up_top_pct",
    "settlement_floor_pct",
    "budget",
    "counter_days",
    "question_days",
    "second_look",
)


def test_a_policy_of_before_the_newer_kinds_still_reads_and_offers_none_of_them() -> None:
    before = {name: value for name, value in DEFAULT_POLICY.items() if name not in LATER}
    before["max_terms"] = {"catch_up": 24, "reschedule": 60, "defer": 3}
    policy = Policy.from_data("v", before)
    assert [kind for kind in PlanKind if policy.offers(kind)] == [
        PlanKind.CATCH_UP,
        PlanKind.RESCHEDULE,
        PlanKind.DEFER,
    ]
    assert policy.cooling_minutes == 10
    assert (policy.promise_days, policy.step_up_top_pct, policy.settlement_floor_pct) == (30, 150, 50)


@pytest.mark.parametrize("name", [name for name in DEFAULT_POLICY if name not in LATER])
def test_a_policy_with_a_part_missing_is_none(name: str) -> None:
    with pytest.raises(KeyError):
        Policy.from_data("v", {key: value for key, value in DEFAULT_POLICY.items() if key != name})


@pytest.mark.parametrize(
    "change",
    [
        {"bands": {"unheard_of": {"max_amount_minor": 1, "max_dpd": 1, "max_terms": 1}}},
        {"arrears_treatment": "forgotten"},
        {"deferred_interest": ""},
        {"draft_days": "soon"},
    ],
)
def test_a_policy_with_an_unheard_of_part_is_none(change: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Policy.from_data("v", {**DEFAULT_POLICY, **change})


@pytest.mark.parametrize(
    ("name", "number", "usual"),
    [
        ("promise_days", 45, 30),
        ("cooling_minutes", 0, 10),
        ("counter_days", 9, None),
        ("question_days", 4, None),
    ],
)
def test_a_number_of_the_policy_is_read_and_has_its_usual_one(
    name: str, number: int, usual: int | None
) -> None:
    assert getattr(Policy.from_data("v", {**DEFAULT_POLICY, name: number}), name) == number
    without = {key: value for key, value in DEFAULT_POLICY.items() if key != name}
    found = getattr(Policy.from_data("v", without), name)
    assert found == (getattr(POLICY, name) if usual is None else usual)


def test_the_first_policy_says_what_was_proposed() -> None:
    assert POLICY.bands[PlanKind.CATCH_UP] == Band(max_amount_minor=3_000_000, max_dpd=90, max_terms=12)
    assert POLICY.max_terms[PlanKind.RESCHEDULE] == 60
    numbers = {
        "min_payment_minor": 10_000,
        "answer_working_days": 2,
        "answer_hour": 18,
        "lead_working_days": 3,
        "draft_days": 30,
        "offer_days": 7,
        "deferral_periods_a_year": 3,
        "broken_plan_months": 12,
        "agent_drafted_limit_minor": 500_000,
        "reading_seconds": 15,
        "counter_days": 7,
        "question_days": 14,
    }
    assert {name: getattr(POLICY, name) for name in numbers} == numbers
    assert (POLICY.arrears_treatment, POLICY.deferred_interest) == (
        ArrearsTreatment.SPREAD,
        DeferredInterest.RUNS,
    )
    assert POLICY.product_caps == dict.fromkeys(
        ("bank", "credit_card", "consumer_finance", "micro_loan"), "24"
    )


def test_every_part_of_a_policy_is_read_from_its_own_name() -> None:
    """Each number is another one, so that none can stand for another."""
    numbers = [
        "min_payment_minor", "answer_working_days", "answer_hour", "lead_working_days", "draft_days", "offer_days",
        "deferral_periods_a_year", "broken_plan_months", "agent_drafted_limit_minor", "reading_seconds", "promise_days",
        "cooling_minutes", "step_up_top_pct", "settlement_floor_pct", "counter_days", "question_days",
    ]  # fmt: skip
    said = {name: 1_000 + place for place, name in enumerate(numbers)}
    others = {
        "arrears_treatment": "waived",
        "deferred_interest": "stops",
        "product_caps": {"bank": 12},
        "support": {"borrowers_a_day": 1, "share_per_mille": 2, "first_hour": 3, "last_hour": 4},
        "second_look": {**DEFAULT_SECOND_LOOK, "sum_minor": 77},
        "budget": {**DEFAULT_POLICY["budget"], "asked_above_minor": 55},
    }
    policy = Policy.from_data("v", {**DEFAULT_POLICY, **said, **others})
    assert {name: getattr(policy, name) for name in numbers} == said
    assert policy.arrears_treatment is ArrearsTreatment.WAIVED
    assert policy.deferred_interest is DeferredInterest.STOPS
    assert policy.product_caps == {"bank": "12"}
    assert policy.support == SupportRules(borrowers_a_day=1, share_per_mille=2, first_hour=3, last_hour=4)
    assert policy.second_look.sum_minor == 77
    assert policy.budget is not None
    assert policy.budget.asked_above_minor == 55


def test_a_policy_that_says_nothing_of_them_has_the_usual_desk_and_second_look_and_asks_no_budget() -> None:
    before = {name: value for name, value in DEFAULT_POLICY.items() if name not in LATER}
    policy = Policy.from_data("v", before)
    assert (policy.support, policy.second_look) == (
        USUAL_SUPPORT,
        SecondLook.from_data(DEFAULT_SECOND_LOOK),
    )
    assert policy.budget is None
    assert affordability_of(PLAN, Circumstances(budget=POOR), policy) is None
    assert not asks_for_budget(PLAN, Assessment((Referral.AMOUNT_ABOVE_BAND,)), policy)


POOR = Budget(1, {Income.WAGES: 150_000}, {Outgoing.HOUSING: 90_000})


def test_a_plan_is_held_against_the_month_with_what_falls_into_it() -> None:
    found = affordability_of(PLAN, Circumstances(budget=POOR), POLICY)
    assert POLICY.budget is not None
    assert found == affordability(POOR, most_in_a_month(PLAN), POLICY.budget)
    assert affordability_of(PLAN, Circumstances(), POLICY) is None


def test_a_budget_is_asked_for_where_the_policy_names_the_reason_or_the_payment_is_large() -> None:
    assert not asks_for_budget(PLAN, Assessment(()), POLICY)
    assert not asks_for_budget(PLAN, Assessment((Referral.GUARANTOR,)), POLICY)
    assert asks_for_budget(PLAN, Assessment((Referral.GUARANTOR, Referral.TERM_ABOVE_BAND)), POLICY)
    assert POLICY.budget is not None
    month = most_in_a_month(PLAN)
    for limit, is_asked in ((month, False), (month - 1, True)):
        policy = replace(POLICY, budget=replace(POLICY.budget, asked_above_minor=limit))
        assert asks_for_budget(PLAN, Assessment(()), policy) is is_asked


@pytest.mark.parametrize(
    ("broken_on", "is_lately"),
    [
        ([], False),
        ([date(2025, 11, 26)], False),
        ([date(2025, 11, 27)], True),
        ([date(2020, 1, 1), date(2026, 11, 1)], True),
        ([None], True),
    ],
)
def test_a_plan_broke_lately_within_twelve_months_or_nobody_knows_when(
    broken_on: list[date | None], is_lately: bool
) -> None:
    assert is_broken_lately(broken_on, date(2026, 11, 27), POLICY) is is_lately


def test_part_of_the_debt_is_given_up_by_kind_by_sum_or_by_what_was_asked_for() -> None:
    assert not is_settlement_or_waiver(PLAN)
    assert is_settlement_or_waiver(replace(PLAN, kind=PlanKind.SETTLEMENT))
    assert is_settlement_or_waiver(replace(PLAN, waived=Components(penalty=1)))
    waiving = replace(PLAN.request, arrears_treatment=ArrearsTreatment.WAIVED)
    assert is_settlement_or_waiver(replace(PLAN, request=waiving))


@pytest.mark.parametrize(
    ("every", "months", "most"),
    [
        ("1 month", 12, 12), ("1 week", 12, 52), ("2 weeks", 12, 26), ("4 weeks", 12, 13), ("1 week", 1, 4),
        ("4 weeks", 0, 1), ("3 months", 2, 1), ("1 month", 0, 1), ("2 months", 5, 2), ("1 week", 24, 104),
    ],
)  # fmt: skip
def test_months_hold_as_many_payments_as_fit(every: str, months: int, most: int) -> None:
    assert most_installments(months, Every.parse(every)) == most


def test_months_of_the_policy_become_payments_where_a_plan_is_in_parts_and_periods_stay_periods() -> None:
    assert terms_within(12, PlanRequest(PlanKind.CATCH_UP, every="1 week")) == 52
    assert terms_within(12, PlanRequest(PlanKind.CATCH_UP)) == 12
    assert terms_within(3, PlanRequest(PlanKind.DEFER, every="1 week")) == 3


def test_a_weekly_plan_is_within_a_band_of_months_up_to_its_weeks() -> None:
    plan = price_plan(late_loan(), PlanRequest(PlanKind.CATCH_UP, installments=9, every="1 week"), RULES)
    assert reasons(plan, policy=replace(banded(max_terms=2), min_payment_minor=1)) == (
        Referral.TERM_ABOVE_BAND,
    )
    assert reasons(plan, policy=replace(banded(max_terms=3), min_payment_minor=1)) == ()


@pytest.mark.parametrize(
    ("promised", "pause", "moved"),
    [
        ("2026-11-04 18:00", timedelta(0), "2026-11-04 18:00"),
        ("2026-11-04 18:00", timedelta(hours=15, minutes=30), "2026-11-05 09:30"),
        # from Friday to Saturday: Monday at the hour of answers
        ("2026-11-06 18:00", timedelta(hours=16), "2026-11-09 18:00"),
        # Saturday 10 October is worked in exchange
        ("2026-10-09 18:00", timedelta(hours=16), "2026-10-10 10:00"),
    ],
)
def test_a_question_moves_the_promise_by_the_time_that_it_stood_open(
    promised: str, pause: timedelta, moved: str
) -> None:
    at, by = (datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) for text in (promised, moved))
    assert promise_after_pause(at, pause, POLICY, CHINA_2026) == by


@pytest.mark.parametrize(
    ("on", "offer_days", "days"),
    [
        (date(2026, 11, 2), 7, 7),
        (date(2026, 11, 2), 2, 3),
        # signed before the National Day week: answered on 9 October, and good until the day after
        (date(2026, 9, 30), 7, 10),
        (date(2026, 9, 30), 10, 10),
        (date(2026, 9, 30), 11, 11),
    ],
)
def test_an_offer_is_good_until_its_answer_was_promised(on: date, offer_days: int, days: int) -> None:
    assert offer_days_on(on, replace(POLICY, offer_days=offer_days), CHINA_2026) == days
