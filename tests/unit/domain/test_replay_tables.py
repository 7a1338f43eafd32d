"""What a replay comes to: each case counted once, where it belongs."""

from dataclasses import replace
from typing import Any

import pytest

from portal.domain.policy_replay import LeftOut, Outcome, ReplayAnswer, Touched
from portal.domain.replay_tables import ReplayTable

WHO = Touched(bucket="31-60", kind="extension", currency="CNY", sum_band="small", age_band="young")


def answer(cost: int | None, outcome: Outcome = Outcome.PERSON, paid: int | None = 1_000) -> ReplayAnswer:
    return ReplayAnswer(outcome, (), paid, cost)


def money(before: ReplayAnswer, after: ReplayAnswer) -> Any:
    table = ReplayTable()
    table.add(WHO, amount=700, before=before, after=after)
    return table.as_data()["money"]["CNY"]


@pytest.mark.parametrize(
    ("after", "moved"), [(299, {"cheaper": 1}), (300, {}), (301, {"dearer": 1})], ids=["less", "same", "more"]
)
def test_a_plan_of_the_same_cost_is_neither_dearer_nor_cheaper(after: int, moved: dict[str, int]) -> None:
    sums = {"amount": 700, "cost_before": 300, "cost_after": after, "paid_before": 1_000, "paid_after": 900}
    assert money(answer(300), answer(after, paid=900)) == {**sums, **moved}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (answer(None), answer(1)),
        (answer(1), answer(None)),
        (answer(1, paid=None), answer(1)),
        (answer(1), answer(1, paid=None)),
    ],
)
def test_where_one_side_has_no_plan_costs_are_not_compared(before: ReplayAnswer, after: ReplayAnswer) -> None:
    assert money(before, after) == {"amount": 700, "not_comparable": 1}


def test_what_is_approved_at_once_is_summed_on_its_side() -> None:
    at_once = answer(1, Outcome.AT_ONCE)
    assert money(at_once, answer(1))["at_once_before"] == 700
    assert "at_once_after" not in money(at_once, answer(1))
    assert money(answer(1), at_once)["at_once_after"] == 700


@pytest.mark.parametrize(
    ("after", "touched"),
    [(answer(300), 0), (answer(301), 1), (answer(300, Outcome.AT_ONCE), 1)],
    ids=["as before", "another cost", "another answer"],
)
def test_who_gets_another_answer_or_cost_is_touched(after: ReplayAnswer, touched: int) -> None:
    table = ReplayTable()
    for _ in range(2):
        table.add(WHO, amount=700, before=answer(300), after=after)
    groups = table.as_data()["groups"]
    assert set(groups) == {"bucket", "kind", "sum_band", "age_band"}
    assert all(
        counts.get("touched", 0) == 2 * touched for group in groups.values() for counts in group.values()
    )
    assert groups["bucket"]["31-60"]["count"] == 2


def test_an_answer_that_was_another_at_the_time_is_counted() -> None:
    table = ReplayTable()
    for said in (None, Outcome.PERSON, Outcome.AT_ONCE):
        table.add(WHO, amount=700, before=answer(300), after=answer(300), answered=said)
    assert table.as_data()["answered_otherwise"] == 1


def test_a_table_says_who_moved_why_and_for_what_sums() -> None:
    table = ReplayTable()
    above, young = ("amount_above_band",), replace(WHO, age_band="old")
    person, at_once = ReplayAnswer(Outcome.PERSON, above, 1_000, 300), answer(200, Outcome.AT_ONCE, 900)
    table.add(WHO, amount=700, before=person, after=at_once)
    table.add(young, amount=50, before=person, after=at_once)
    table.add(WHO, amount=9, before=person, after=ReplayAnswer(Outcome.PERSON, above, 1_000, 300))
    data = table.as_data()
    assert data["replayed"] == 3
    moved = {"before": Outcome.PERSON.value, "currency": "CNY"}
    assert sorted(data["moves"], key=lambda move: move["count"]) == [
        {**moved, "after": Outcome.PERSON.value, "count": 1, "amount": 9},
        {**moved, "after": Outcome.AT_ONCE.value, "count": 2, "amount": 750},
    ]
    assert data["reasons"] == {"before": {"amount_above_band": 3}, "after": {"amount_above_band": 1}}
    none = dict.fromkeys((outcome.value for outcome in Outcome), 0)
    assert data["outcomes"] == {
        "before": {**none, Outcome.PERSON.value: 3},
        "after": {**none, Outcome.PERSON.value: 1, Outcome.AT_ONCE.value: 2},
    }
    assert data["money"]["CNY"] == {
        "amount": 759,
        "at_once_after": 750,
        "cheaper": 2,
        "cost_before": 900,
        "cost_after": 700,
        "paid_before": 3_000,
        "paid_after": 2_800,
    }
    assert data["groups"]["age_band"] == {
        "old": {"count": 1, "touched": 1, "before_person": 1, "after_at_once": 1},
        "young": {"count": 2, "touched": 1, "before_person": 2, "after_at_once": 1, "after_person": 1},
    }


def test_what_is_left_out_is_counted_by_its_cause() -> None:
    first, *_, last = LeftOut
    table = ReplayTable()
    table.leave_out(first)
    table.leave_out(first)
    table.leave_out(last, 5)
    assert table.as_data()["left_out"] == {first.value: 2, last.value: 5}
    assert table.as_data()["replayed"] == 0


def test_currencies_are_counted_apart() -> None:
    table = ReplayTable()
    for currency in ("USD", "CNY"):
        table.add(replace(WHO, currency=currency), amount=7, before=answer(1), after=answer(1))
    data = table.as_data()
    assert list(data["money"]) == ["CNY", "USD"]
    assert [(move["currency"], move["amount"]) for move in data["moves"]] == [("CNY", 7), ("USD", 7)]
