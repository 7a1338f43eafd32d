"""Plans: what a kind is, what is counted of a request, and what a priced plan says of itself."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.domain.loans import Components
from portal.domain.plans import (
    ArrearsTreatment,
    DeferredInterest,
    Plan,
    PlanCost,
    PlanKind,
    PlanRequest,
    PlanRow,
    block_sizes,
)

KIND = PlanKind


def row(number: int, due: int, day: date = date(2026, 10, 20), *, is_running: bool = False) -> PlanRow:
    return PlanRow(number, day, Components(principal=due), 0, is_running=is_running)


def plan(
    *rows: PlanRow, running: Sequence[PlanRow] = (), kind: PlanKind = KIND.CATCH_UP, steps: int = 0
) -> Plan:
    return Plan(
        kind=kind,
        request=PlanRequest(kind, installments=len(rows), steps=steps),
        priced_on=date(2026, 9, 10),
        currency="CNY",
        arrears=Components(1, 2, 3, 4),
        advance=10,
        rows=rows,
        cost=PlanCost(10, 0, "12.00", None, "cn_irr/1"),
        running_rows=tuple(running),
    )


@pytest.mark.parametrize(
    ("holds", "kinds"),
    [
        (lambda kind: kind.goes_beside, {KIND.CATCH_UP, KIND.PAY_BY_DATE}),
        (lambda kind: kind.moves_schedule, {KIND.DEFER, KIND.INTEREST_ONLY}),
        (lambda kind: kind.is_in_parts, {KIND.CATCH_UP, KIND.RESCHEDULE, KIND.STEP_UP}),
        (lambda kind: kind.is_offered_by_staff_alone, {KIND.SETTLEMENT}),
        (lambda kind: plan(row(1, 1), kind=kind).begins_smaller, {KIND.STEP_UP, KIND.INTEREST_ONLY}),
    ],
    ids=["beside", "moves", "in parts", "staff alone", "smaller first"],
)
def test_what_is_true_of_which_kinds(holds: object, kinds: set[PlanKind]) -> None:
    assert {kind for kind in PlanKind if holds(kind)} == kinds  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        (KIND.CATCH_UP, 3),
        (KIND.RESCHEDULE, 3),
        (KIND.STEP_UP, 3),
        (KIND.SETTLEMENT, 3),
        (KIND.DEFER, 4),
        (KIND.INTEREST_ONLY, 5),
        (KIND.PAY_BY_DATE, 1),
    ],
)
def test_periods_are_counted_where_dates_move_and_payments_elsewhere(kind: PlanKind, terms: int) -> None:
    request = PlanRequest(kind, installments=3, defer_periods=4, interest_periods=5)
    assert request.terms == terms
    other = request.with_terms(9)
    assert other.terms == (1 if kind is KIND.PAY_BY_DATE else 9)
    name = {KIND.DEFER: "defer_periods", KIND.INTEREST_ONLY: "interest_periods"}.get(kind, "installments")
    changed: dict[str, Any] = {name: 9}
    assert other == replace(request, **changed)


@pytest.mark.parametrize(
    ("count", "steps", "sizes"),
    [(4, 2, [2, 2]), (5, 2, [3, 2]), (11, 3, [4, 4, 3]), (10, 3, [4, 3, 3]), (6, 1, [6]), (1, 2, [1, 0])],
)
def test_payments_are_shared_over_steps_the_longer_first(count: int, steps: int, sizes: list[int]) -> None:
    assert list(block_sizes(count, steps)) == sizes


def test_what_is_paid_first_stands_by_itself() -> None:
    """A sum of 9.00 first, then 5.00 and 4.00."""
    found = plan(row(0, 900, date(2026, 9, 17)), row(1, 500), row(2, 400, date(2026, 11, 20)))
    assert found.upfront == found.rows[0]
    assert list(found.installments) == list(found.rows[1:])
    assert (found.first_on, found.ends_on) == (date(2026, 9, 17), date(2026, 11, 20))
    assert (found.largest_payment, found.most_at_a_time) == (500, 500)
    without = plan(row(1, 500), row(2, 400))
    assert without.upfront is None
    assert list(without.installments) == list(without.rows)


def test_a_payment_is_the_sum_of_its_parts() -> None:
    assert PlanRow(1, date(2026, 10, 20), Components(1, 20, 300, 4_000), 0).due == 4_321


@pytest.mark.parametrize(("dues", "is_level"), [((5,), True), ((5, 5, 5), True), ((5, 5, 6), False)])
def test_payments_are_level_where_all_are_the_same(dues: Sequence[int], is_level: bool) -> None:
    rows = [row(number, due) for number, due in enumerate(dues, 1)]
    assert plan(*rows).is_level is is_level
    assert plan(row(0, 999), *rows).is_level is is_level


def test_levels_are_the_largest_payment_of_each_step() -> None:
    rows = [row(number, due) for number, due in enumerate((10, 11, 12, 20, 19), 1)]
    assert plan(*rows, steps=2).levels == ((3, 12), (2, 20))
    assert plan(row(0, 99), *rows, steps=2).levels == ((3, 12), (2, 20))
    assert plan(*rows).levels == ((5, 20),)
    assert plan(*rows[:3], steps=3).levels == ((1, 10), (1, 11), (1, 12))


@pytest.mark.parametrize(
    ("running", "most"),
    [
        ((), 500),
        ((row(8, 100, date(2026, 9, 15)), row(9, 120, date(2026, 11, 20))), 620),
        ((row(8, 100, date(2026, 9, 15)), row(9, 120, date(2026, 11, 21))), 600),
        ((row(9, 120, date(2026, 11, 21)),), 500),
    ],
)
def test_what_must_be_managed_at_most_counts_running_payments_until_the_plans_end(
    running: Sequence[PlanRow], most: int
) -> None:
    found = plan(row(1, 500), row(2, 400, date(2026, 11, 20)), running=running)
    assert found.most_at_a_time == most


WHOLE = replace(
    plan(
        replace(row(0, 900), date_moved_from=date(2026, 10, 18), date_unchecked=True),
        row(1, 500),
        running=[row(8, 100, is_running=True)],
    ),
    request=PlanRequest(
        KIND.CATCH_UP,
        installments=2,
        every="2 weeks",
        first_on=date(2026, 10, 20),
        upfront_minor=900,
        upfront_on=date(2026, 9, 17),
        arrears_treatment=ArrearsTreatment.FIRST_INSTALLMENT,
        deferred_interest=DeferredInterest.STOPS,
        weekday=3,
    ),
    notes=("last_payment_larger",),
    convention={"rounding": "half_even"},
    waived=Components(penalty=5),
)


@pytest.mark.parametrize("kept", [WHOLE, plan(row(1, 5))], ids=["everything", "little"])
def test_a_plan_comes_back_from_json_as_it_was(kept: Plan) -> None:
    again = Plan.from_terms(json.loads(json.dumps(kept.terms())))
    assert again == kept
    assert again.terms() == kept.terms()
    assert type(again.request.arrears_treatment) is ArrearsTreatment
    assert type(again.request.deferred_interest) is DeferredInterest
    assert (type(again.kind), type(again.request.kind)) == (PlanKind, PlanKind)


def test_what_was_kept_before_waivers_and_sums_first_still_reads() -> None:
    terms = plan(row(1, 5)).terms()
    request = {name: value for name, value in terms["request"].items() if name != "upfront_on"}  # type: ignore[attr-defined]
    old = {**{name: value for name, value in terms.items() if name != "waived"}, "request": request}
    assert Plan.from_terms(old) == plan(row(1, 5))


def test_terms_are_plain_data() -> None:
    terms = WHOLE.terms()
    assert terms["kind"] == "catch_up"
    assert type(terms["kind"]) is str
    assert (terms["priced_on"], terms["notes"]) == ("2026-09-10", ["last_payment_larger"])
    first = terms["rows"][0]  # type: ignore[index]
    assert (first["due_on"], first["date_moved_from"]) == ("2026-10-20", "2026-10-18")
    assert first["parts"] == {"principal": 900, "interest": 0, "fee": 0, "penalty": 0}
