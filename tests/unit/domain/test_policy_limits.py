"""What a policy may say: each limit up to its bounds, and limits that cannot stand together."""

from collections.abc import Mapping
from typing import Any

import pytest

from portal.domain.plans import PlanKind
from portal.domain.policy import DEFAULT_POLICY
from portal.domain.policy_limits import (
    LIMITS,
    Limit,
    PolicyFaultsError,
    Unit,
    Value,
    body_of,
    differences,
    refuse_unsound,
    refuse_unsound_body,
    values_of,
)

USUAL = values_of(DEFAULT_POLICY)
NUMBERS = [
    limit for limit in LIMITS if limit.unit not in {Unit.FLAG, Unit.CODE, Unit.CODES, Unit.SUMS, Unit.RATE}
]


def faults(**changes: Value) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """By name of the limit: code and details. ``__`` stands for the point of a name."""
    values = {**USUAL, **{name.replace("__", "."): value for name, value in changes.items()}}
    try:
        refuse_unsound(values)
    except PolicyFaultsError as error:
        return {fault.name: (fault.code, fault.details) for fault in error.faults}
    return {}


def named(limit: Limit, value: Value) -> str | None:
    return faults(**{limit.name: value}).get(limit.name, (None, {}))[0]


@pytest.mark.parametrize("limit", NUMBERS, ids=lambda limit: limit.name)
def test_a_number_is_taken_from_its_least_to_its_most(limit: Limit) -> None:
    out = "policy_value_out_of_range"
    assert named(limit, limit.least) != out
    assert named(limit, limit.most) != out
    bounds = {"least": limit.least, "most": limit.most}
    for beyond in (limit.least - 1, limit.most + 1):
        assert faults(**{limit.name: beyond})[limit.name] == (out, bounds)
    assert (named(limit, None) == "policy_value_missing") is not limit.is_optional


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("arrears_treatment", "SPREAD", "policy_value_unknown"),
        ("budget.asked_for", ["nothing_known"], "policy_value_unknown"),
        ("budget.living_floor_minor", [], "policy_value_missing"),
        ("budget.living_floor_minor", [1] * 9, None),
        ("budget.living_floor_minor", [1] * 10, "policy_value_missing"),
        ("budget.living_floor_minor", [0, 10**11], None),
        ("budget.living_floor_minor", [-1, 1], "policy_value_out_of_range"),
        ("budget.living_floor_minor", [1, 10**11 + 1], "policy_value_out_of_range"),
        ("budget.living_floor_minor", [2, 1], "policy_floor_falls"),
        ("product_caps.bank", "1", None),
        ("product_caps.bank", "36", None),
        ("product_caps.bank", "0.99", "policy_value_out_of_range"),
        ("product_caps.bank", "36.01", "policy_value_out_of_range"),
        ("product_caps.bank", "much", "policy_value_out_of_range"),
        ("support.last_hour", 8, "policy_hours_end_before_they_begin"),
        ("support.last_hour", 9, None),
    ],
)
def test_other_values_are_taken_within_their_bounds(name: str, value: Any, code: str | None) -> None:
    assert faults(**{name: value}).get(name, (None, {}))[0] == code


BAND = {"max_amount_minor": 100_000, "max_dpd": 30, "max_terms": 6}


@pytest.mark.parametrize(
    ("band", "offered", "wrong"),
    [
        ({}, 6, {}),
        ({"max_dpd": None}, 6, {"max_dpd": "policy_band_in_part"}),
        (dict.fromkeys(BAND), None, {}),
        ({}, 5, {"max_terms": "policy_band_above_offer"}),
        ({}, None, {"max_terms": "policy_band_of_nothing"}),
        ({"max_amount_minor": USUAL["min_payment_minor"]}, 6, {}),
        ({"max_amount_minor": 1}, 6, {"max_amount_minor": "policy_band_below_payment"}),
    ],
)
def test_a_band_is_whole_and_within_what_is_offered(
    band: dict[str, Any], offered: int | None, wrong: dict[str, str]
) -> None:
    kind = PlanKind.CATCH_UP.value
    said = {f"bands.{kind}.{part}": value for part, value in {**BAND, **band}.items()}
    found = faults(**said, **{f"max_terms.{kind}": offered})
    assert {name: code for name, (code, _) in found.items()} == {
        f"bands.{kind}.{part}": code for part, code in wrong.items()
    }
    if offered == 5:
        assert found[f"bands.{kind}.max_terms"][1] == {"most": 5}


def test_what_is_about_a_kind_is_told_apart_from_it() -> None:
    told = {limit.name: (limit.subject, limit.topic) for limit in LIMITS}
    assert told["bands.catch_up.max_dpd"] == ("catch_up", "bands.max_dpd")
    assert told["max_terms.defer"] == ("defer", "max_terms")
    assert told["product_caps.bank"] == ("bank", "product_caps")
    assert told["support.last_hour"] == (None, "support.last_hour")


def test_a_body_says_what_was_written_and_keeps_what_no_limit_is_about() -> None:
    base = {**DEFAULT_POLICY, "own_words": "kept"}
    body = body_of({**USUAL, "draft_days": 9, "max_terms.settlement": None}, base=base)
    assert body["own_words"] == "kept"
    assert "settlement" not in body["max_terms"]
    changed = {each.limit.name: (each.before, each.after) for each in differences(DEFAULT_POLICY, body)}
    assert changed["draft_days"] == (USUAL["draft_days"], 9)
    assert changed["max_terms.settlement"] == (USUAL["max_terms.settlement"], None)
    assert len(changed) == 2


def every_fault(**changes: Value) -> list[tuple[str, str, Mapping[str, object]]]:
    values = {**USUAL, **{name.replace("__", "."): value for name, value in changes.items()}}
    with pytest.raises(PolicyFaultsError, match=r"^policy_not_sound$") as refused:
        refuse_unsound(values)
    return [(fault.name, fault.code, fault.details) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("name", "value", "code", "details"),
    [
        ("draft_days", None, "policy_value_missing", {}),
        ("draft_days", "nine", "policy_value_out_of_range", {"least": 1, "most": 90}),
        ("deferred_interest", "walks", "policy_value_unknown", {}),
        ("second_look.overrides", ["amount_above_band", "x"], "policy_value_unknown", {}),
        ("budget.living_floor_minor", None, "policy_value_missing", {}),
        ("budget.living_floor_minor", 7, "policy_value_missing", {}),
        ("budget.living_floor_minor", [-1], "policy_value_out_of_range", {"least": 0, "most": 10**11}),
        ("budget.living_floor_minor", [2, 1], "policy_floor_falls", {}),
        ("product_caps.bank", "x", "policy_value_out_of_range", {"least": 1, "most": 36}),
        ("product_caps.bank", "37", "policy_value_out_of_range", {"least": 1, "most": 36}),
        ("support.last_hour", 8, "policy_hours_end_before_they_begin", {}),
        ("support.last_hour", 7, "policy_hours_end_before_they_begin", {}),
    ],
)
def test_a_fault_is_told_by_name_with_the_bounds_that_it_left(
    name: str, value: Any, code: str, details: Mapping[str, object]
) -> None:
    assert every_fault(**{name: value}) == [(name, code, details)]


def test_all_faults_are_told_at_once_in_the_order_of_the_limits() -> None:
    told = every_fault(draft_days=0, min_payment_minor=-1, support__first_hour=20)
    assert [name for name, _, _ in told] == ["min_payment_minor", "draft_days", "support.last_hour"]


def test_a_value_out_of_range_is_not_told_again_for_what_it_does_not_fit() -> None:
    """The last hour is out of range; that it comes before the first is no second fault."""
    assert [code for _, code, _ in every_fault(support__last_hour=0)] == ["policy_value_out_of_range"]


def test_each_part_of_a_band_that_is_missing_is_told() -> None:
    told = every_fault(bands__defer__max_dpd=None, bands__defer__max_terms=None)
    assert told == [
        ("bands.defer.max_dpd", "policy_band_in_part", {}),
        ("bands.defer.max_terms", "policy_band_in_part", {}),
    ]


@pytest.mark.parametrize(
    ("kind", "is_told"),
    [("catch_up", True), ("reschedule", True), ("step_up", True), ("interest_only", False), ("defer", False), ("pay_by_date", False)],
)  # fmt: skip
def test_a_band_of_a_plan_in_parts_holds_at_least_one_payment(kind: str, *, is_told: bool) -> None:
    name, floor = f"bands.{kind}.max_amount_minor", USUAL["min_payment_minor"]
    assert isinstance(floor, int)
    assert name not in faults(**{name: floor})
    found = faults(**{name: floor - 1})
    assert found == ({name: ("policy_band_below_payment", {})} if is_told else {})


KINDS = [kind.value for kind in PlanKind if kind is not PlanKind.SETTLEMENT]


def offering(*kinds: str) -> dict[str, Value]:
    """Neither band nor offer of any other kind."""
    bands: dict[str, Value] = {
        f"bands.{kind}.{part}": None for kind in KINDS if kind not in kinds for part in BAND
    }
    return {**bands, **{f"max_terms.{kind}": None for kind in KINDS if kind not in kinds}}


def test_a_policy_offers_something_besides_a_settlement() -> None:
    told = every_fault(**offering())
    assert told == [("max_terms.catch_up", "policy_offers_nothing", {})]
    assert not faults(**offering("pay_by_date"))


@pytest.mark.parametrize(
    ("kind", "is_lent_anew"),
    [("reschedule", True), ("step_up", True), ("catch_up", False), ("interest_only", False), ("defer", False), ("pay_by_date", False)],
)  # fmt: skip
def test_arrears_become_principal_only_where_principal_is_lent_anew(kind: str, *, is_lent_anew: bool) -> None:
    found = faults(**offering(kind), arrears_treatment="capitalised")
    assert found == ({} if is_lent_anew else {"arrears_treatment": ("policy_treatment_not_for_kinds", {})})
    assert not faults(**offering(kind), arrears_treatment="first_installment")


def test_a_stored_body_is_a_policy_and_sound() -> None:
    refuse_unsound_body(DEFAULT_POLICY)
    with pytest.raises(KeyError):
        refuse_unsound_body({name: value for name, value in DEFAULT_POLICY.items() if name != "bands"})
    with pytest.raises(PolicyFaultsError):
        refuse_unsound_body({**DEFAULT_POLICY, "draft_days": 91})


def test_what_an_older_body_does_not_say_holds_as_policy_reads_it() -> None:
    later = ("promise_days", "cooling_minutes", "support", "step_up_top_pct", "budget", "counter_days")
    older = values_of({name: value for name, value in DEFAULT_POLICY.items() if name not in later})
    assert (older["promise_days"], older["cooling_minutes"], older["step_up_top_pct"]) == (30, USUAL["cooling_minutes"], 150)  # fmt: skip
    assert (older["budget.asked_for"], older["budget.asked_above_minor"]) == ([], None)
    assert older["budget.income_share_pct"] == USUAL["budget.income_share_pct"]
    without = values_of({**DEFAULT_POLICY, "support": {"first_hour": 9}})
    assert (without["support.first_hour"], without["support.last_hour"]) == (9, None)


def test_codes_are_compared_without_their_order_and_told_in_order() -> None:
    codes = list(reversed(DEFAULT_POLICY["budget"]["asked_for"]))
    turned = {**DEFAULT_POLICY, "budget": {**DEFAULT_POLICY["budget"], "asked_for": codes}}
    assert not differences(DEFAULT_POLICY, turned)
    assert values_of(turned)["budget.asked_for"] == sorted(codes)


def test_a_body_shares_nothing_with_what_it_was_made_of() -> None:
    base = {**DEFAULT_POLICY, "support": dict(DEFAULT_POLICY["support"])}
    floors: list[int] = [1, 2]
    body = body_of({**USUAL, "support.first_hour": 9, "budget.living_floor_minor": floors}, base=base)
    assert base["support"]["first_hour"] == DEFAULT_POLICY["support"]["first_hour"]
    assert body["support"]["first_hour"] == 9
    floors.append(3)
    assert body["budget"]["living_floor_minor"] == [1, 2]
    assert body["arrears_treatment"] == "spread"
    assert values_of(body_of(USUAL, base=DEFAULT_POLICY)) == USUAL


def test_a_body_with_faults_is_not_made() -> None:
    with pytest.raises(PolicyFaultsError):
        body_of({**USUAL, "draft_days": 0}, base=DEFAULT_POLICY)


def test_a_kind_that_is_no_longer_offered_is_left_out_and_a_limit_that_may_be_empty_is_kept_empty() -> None:
    gone: dict[str, Value] = {f"bands.defer.{part}": None for part in BAND}
    body = body_of(
        {**USUAL, **gone, "max_terms.defer": None, "budget.asked_above_minor": None}, base=DEFAULT_POLICY
    )
    assert "defer" not in body["bands"]
    assert "defer" not in body["max_terms"]
    assert body["budget"]["asked_above_minor"] is None
