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
