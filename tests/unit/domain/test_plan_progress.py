"""What was received under a plan, placed on its payments; how each went; what stands when a payment is taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.allocation import Payment
from portal.domain.loans import Components
from portal.domain.plan_course import acts_due, pause_ends
from portal.domain.plan_progress import (
    PlanProgress,
    RowState,
    payable_rows,
    progress_of,
    received_under,
)
from portal.domain.plans import Plan, PlanCost, PlanKind, PlanRequest, PlanRow
from portal.domain.proposals import Act, ProposalStatus

SIGNED = date(2026, 11, 2)
FIRST = date(2026, 11, 20)
DAY = timedelta(days=1)
DUE = Components(principal=80_000, interest=15_000, fee=2_000, penalty=3_000)


def plan_of_rows(rows: Sequence[PlanRow], running: Sequence[PlanRow] = ()) -> Plan:
    total = sum(row.due for row in rows)
    return Plan(
        kind=PlanKind.CATCH_UP,
        request=PlanRequest(kind=PlanKind.CATCH_UP, installments=len(rows)),
        priced_on=SIGNED,
        currency="CNY",
        arrears=Components(principal=total),
        advance=total,
        rows=tuple(rows),
        cost=PlanCost(total, 0, None, None, "test"),
        running_rows=tuple(running),
    )


def row(number: int, due_on: date, parts: Components = DUE, *, is_running: bool = False) -> PlanRow:
    return PlanRow(number, due_on, parts, 0, is_running=is_running)


THREE = plan_of_rows([row(1, FIRST), row(2, date(2026, 12, 21)), row(3, date(2027, 1, 20))])


def paid(reference: str, paid_on: date, amount: int) -> Payment:
    return Payment(reference, paid_on, amount)


def standing(plan: Plan, *payments: Payment, on: date, known_until: date | None = None) -> PlanProgress:
    return progress_of(plan, payments, on=on, known_until=known_until)


def states(progress: PlanProgress) -> list[RowState]:
    return [row.state for row in progress.rows]


def test_nothing_received_leaves_all_to_come() -> None:
    progress = standing(THREE, on=SIGNED)
    assert states(progress) == [RowState.COMING] * 3
    assert (progress.paid, progress.left, progress.credit, progress.due_now) == (0, 300_000, 0, 0)
    assert progress.next is progress.rows[0]
    assert progress.cure_until is None


def test_a_payment_goes_to_the_earliest_date_in_the_agreements_order() -> None:
    progress = standing(THREE, paid("a", FIRST, 4_000), on=FIRST)
    assert progress.rows[0].paid == Components(fee=2_000, penalty=2_000)
    progress = standing(THREE, paid("a", FIRST, 101_000), on=FIRST)
    assert progress.rows[0].paid == DUE
    assert progress.rows[1].paid == Components(fee=1_000)


def test_paying_ahead_meets_the_next_payment_and_shows_it_kept() -> None:
    progress = standing(THREE, paid("a", SIGNED + DAY, 100_000), on=SIGNED + DAY)
    assert states(progress) == [RowState.KEPT, RowState.COMING, RowState.COMING]
    assert progress.kept_count == 1
    assert progress.next is not None
    assert progress.next.row.due_on == date(2026, 12, 21)


def test_the_loans_own_installments_beside_the_plan_are_paid_by_date_too() -> None:
    beside = [
        row(8, date(2026, 12, 1), Components(principal=50_000), is_running=True),
        row(11, date(2027, 3, 1), Components(principal=50_000), is_running=True),
    ]
    plan = replace(THREE, running_rows=tuple(beside))
    assert [(r.due_on, r.is_running) for r in payable_rows(plan)] == [
        (FIRST, False),
        (date(2026, 12, 1), True),
        (date(2026, 12, 21), False),
        (date(2027, 1, 20), False),
    ]
    progress = standing(plan, paid("a", FIRST, 150_000), on=FIRST)
    assert [r.is_met for r in progress.rows] == [True, True, False, False]


def test_on_one_day_the_plans_own_payment_comes_first() -> None:
    plan = replace(THREE, running_rows=(row(8, FIRST, Components(principal=50_000), is_running=True),))
    assert standing(plan, on=SIGNED).next_sum == 150_000
    progress = standing(plan, paid("a", FIRST, 100_000), on=FIRST)
    assert [(r.row.is_running, r.is_met) for r in progress.rows[:2]] == [(False, True), (True, False)]
    assert (progress.next_sum, progress.next_paid) == (50_000, 100_000)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (-3, RowState.KEPT),
        (0, RowState.KEPT),
        (1, RowState.MADE_GOOD),
        (10, RowState.MADE_GOOD),
        (11, RowState.LATE),
    ],
)
def test_a_payment_made_within_ten_days_counts_as_on_time(days: int, state: RowState) -> None:
    paid_on = FIRST + timedelta(days=days)
    progress = standing(THREE, paid("a", paid_on, 100_000), on=FIRST + timedelta(days=12))
    assert progress.rows[0].state is state
    assert progress.rows[0].days == max(0, days)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (0, RowState.COMING),
        (1, RowState.OPEN),
        (10, RowState.OPEN),
        (11, RowState.MISSED),
    ],
)
def test_one_that_is_out_may_be_made_good_until_the_tenth_day(days: int, state: RowState) -> None:
    progress = standing(THREE, on=FIRST + timedelta(days=days))
    assert progress.rows[0].state is state
    assert progress.due_now == 100_000
    assert progress.cure_until == (FIRST + timedelta(days=10) if days else None)


def test_nobody_is_late_for_a_day_that_the_book_does_not_reach() -> None:
    eve = FIRST - DAY
    awaited = standing(THREE, on=FIRST + DAY, known_until=eve)
    assert awaited.rows[0].state is RowState.AWAITED
    assert not awaited.late
    last_day_unknown = standing(THREE, on=FIRST + 11 * DAY, known_until=FIRST + 9 * DAY)
    assert last_day_unknown.rows[0].state is RowState.OPEN


def test_part_of_a_payment_leaves_the_rest_out() -> None:
    progress = standing(THREE, paid("a", FIRST, 60_000), on=FIRST + 2 * DAY)
    assert progress.rows[0].state is RowState.OPEN
    assert progress.due_now == 40_000


def test_more_than_the_plan_asks_for_is_credit() -> None:
    progress = standing(THREE, paid("a", FIRST, 350_000), on=FIRST)
    assert progress.is_complete
    assert (progress.paid, progress.left, progress.credit) == (300_000, 0, 50_000)
    assert progress.next is None


def test_only_what_the_plan_was_priced_without_counts() -> None:
    old, new = paid("old", SIGNED - DAY, 5), paid("new", SIGNED - DAY, 7)
    assert received_under([["old", "2026-11-01", 5]], [new, old]) == [new]


# what the day and the book do


@pytest.mark.parametrize(
    ("status", "days", "amounts", "acts"),
    [
        ("active", 0, [], []),
        ("active", 1, [], ["miss"]),
        ("active", 11, [], ["miss", "break"]),
        ("missed", 10, [], []),
        ("missed", 11, [], ["break"]),
        ("missed", 5, [100_000], ["pay"]),
        ("missed", 5, [99_999], []),
        ("missed", 5, [300_000], ["pay", "complete"]),
        ("active", 1, [100_000], []),
        ("active", 1, [300_000], ["complete"]),
        ("approved", 20, [], []),
        ("broken", 20, [300_000], []),
    ],
)
def test_a_plan_is_taken_to_where_its_payments_are(
    status: str, days: int, amounts: Sequence[int], acts: Sequence[str]
) -> None:
    payments = [paid(f"p{at}", FIRST, amount) for at, amount in enumerate(amounts)]
    progress = standing(THREE, *payments, on=FIRST + timedelta(days=days))
    assert list(acts_due(ProposalStatus(status), progress)) == [Act(act) for act in acts]


def test_days_count_again_from_the_day_after_the_cure_whenever_the_run_comes() -> None:
    assert pause_ends(standing(THREE, on=FIRST + timedelta(days=40))) == FIRST + timedelta(days=11)


# whatever is paid

amounts = st.integers(min_value=1, max_value=400_000)
days_on = st.integers(min_value=-10, max_value=120)
payments_lists = st.lists(st.tuples(days_on, amounts), max_size=8).map(
    lambda drawn: [
        paid(f"p{at}", FIRST + timedelta(days=day), amount) for at, (day, amount) in enumerate(drawn)
    ]
)
components = st.builds(
    Components,
    principal=st.integers(0, 90_000),
    interest=st.integers(0, 9_000),
    fee=st.integers(0, 900),
    penalty=st.integers(0, 900),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    own = draw(st.lists(components, min_size=1, max_size=6))
    beside = draw(st.lists(components, max_size=4))
    start = draw(st.integers(0, 40))
    rows = [row(at, FIRST + timedelta(days=30 * at), parts) for at, parts in enumerate(own)]
    running = [
        row(at, FIRST + timedelta(days=start + 30 * at), parts, is_running=True)
        for at, parts in enumerate(beside)
    ]
    return plan_of_rows(rows, running)


@given(plans(), payments_lists, days_on)
def test_every_cent_is_placed_or_held(plan: Plan, payments: Sequence[Payment], days: int) -> None:
    progress = standing(plan, *payments, on=FIRST + timedelta(days=days))
    assert progress.received == sum(payment.amount for payment in payments)
    assert sum(row.paid.total for row in progress.rows) + progress.credit == progress.received
    assert progress.paid + progress.left == progress.total
    assert progress.credit == 0 or progress.is_complete
    for entry in progress.allocations:
        assert sum(parts.total for _, parts in entry.rows) + entry.credit == entry.payment.amount
    for part in progress.rows:
        assert all(minor >= 0 for minor in part.left.as_dict().values())


@given(plans(), payments_lists, days_on)
def test_a_later_payment_is_never_touched_before_an_earlier_one_is_met(
    plan: Plan, payments: Sequence[Payment], days: int
) -> None:
    progress = standing(plan, *payments, on=FIRST + timedelta(days=days))
    rows = [
        row for row in progress.rows if row.row.parts.total
    ]  # where nothing is to be paid, nothing is unmet
    unmet = [row for row in rows if not row.is_met]
    assert all(row.paid.total == 0 for row in unmet[1:])
    assert all(row.is_met for row in rows[: len(rows) - len(unmet)])


@given(plans(), payments_lists, st.integers(0, 7), days_on)
def test_a_reversal_restores_what_stood_without_it(
    plan: Plan, payments: list[Payment], which: int, days: int
) -> None:
    if not payments:
        return
    taken_back = payments[which % len(payments)]
    on = FIRST + timedelta(days=days)
    without = [payment for payment in payments if payment is not taken_back]
    before = standing(plan, *without, on=on)
    after = standing(plan, *payments, on=on)
    assert after.received - before.received == taken_back.amount
    assert standing(plan, *reversed(without), on=on) == before


@given(plans(), payments_lists, st.integers(0, 200))
def test_money_never_makes_a_plan_worse(plan: Plan, payments: list[Payment], days: int) -> None:
    on = FIRST + timedelta(days=days)
    more = [*payments, paid("more", FIRST, 10_000)]
    before, after = standing(plan, *payments, on=on), standing(plan, *more, on=on)
    assert after.left <= before.left
    assert len(after.late) <= len(before.late)
    assert after.kept_count >= before.kept_count


@given(plans(), payments_lists, days_on, st.sampled_from(ProposalStatus))
def test_where_the_acts_lead_no_act_is_left(
    plan: Plan, payments: Sequence[Payment], days: int, status: ProposalStatus
) -> None:
    progress = standing(plan, *payments, on=FIRST + timedelta(days=days))
    assert len(list(acts_due(status, progress))) <= 2


def test_nothing_is_left_of_a_plan_whose_loan_is_settled() -> None:
    running = standing(THREE, on=FIRST + 40 * DAY)
    settled = progress_of(THREE, (), on=FIRST + 40 * DAY, is_settled=True)
    assert (len(running.unmet), running.left) == (3, 300_000)
    assert (len(settled.unmet), settled.left) == (0, 0)


def test_what_was_received_is_put_into_the_order_of_days_and_references() -> None:
    late, early, twin = paid("a", FIRST + DAY, 1), paid("z", FIRST, 2), paid("b", FIRST + DAY, 3)
    assert received_under([], [twin, late, early]) == [early, late, twin]
    assert received_under([[7, "2026-11-01"]], [paid("7", FIRST, 1)]) == []


def test_of_payments_on_one_day_the_first_reference_comes_first() -> None:
    progress = standing(THREE, paid("b", FIRST, 30), paid("a", FIRST, 20), on=FIRST)
    assert [entry.payment.reference for entry in progress.allocations] == ["a", "b"]


def test_one_payment_more_is_placed_after_those_that_are_there() -> None:
    progress = standing(THREE, paid("a", FIRST, 100_000), on=FIRST + DAY)
    more = progress.with_payment(paid("b", FIRST + DAY, 150_000))
    assert more == standing(THREE, paid("a", FIRST, 100_000), paid("b", FIRST + DAY, 150_000), on=FIRST + DAY)
    assert (more.received, more.left, more.on) == (250_000, 50_000, FIRST + DAY)


def test_a_payment_more_does_not_make_the_book_reach_further() -> None:
    """The book covers all days before today, and today's payment is not late today."""
    progress = standing(THREE, on=FIRST + DAY).with_payment(paid("a", FIRST, 1))
    assert progress.rows[0].state is RowState.OPEN
    assert standing(THREE, on=FIRST).with_payment(paid("a", FIRST, 1)).rows[0].state is RowState.COMING


def test_all_that_falls_due_on_one_day_is_the_next_sum_and_nothing_else() -> None:
    plan = replace(THREE, running_rows=(row(8, FIRST, Components(principal=50_000), is_running=True),))
    progress = standing(plan, paid("a", FIRST, 120_000), on=FIRST)
    assert (progress.next_sum, progress.next_paid, progress.due_now) == (30_000, 120_000, 30_000)
    over = standing(THREE, paid("a", FIRST, 300_000), on=FIRST)
    assert (over.next, over.next_sum, over.next_paid) == (None, 0, 0)


def test_what_is_due_now_is_what_is_out_up_to_today() -> None:
    day_before, day, later = (standing(THREE, on=FIRST + days * DAY) for days in (-1, 0, 31))
    assert [each.due_now for each in (day_before, day, later)] == [0, 100_000, 200_000]
    assert [len(each.fell_due) for each in (day_before, day, later)] == [0, 1, 2]


def test_the_time_to_make_good_is_that_of_the_earliest_payment_that_is_late() -> None:
    late = standing(THREE, on=date(2026, 12, 22))
    assert [row.state for row in late.late] == [RowState.MISSED, RowState.OPEN]
    assert late.cure_until == date(2026, 11, 30)
    assert late.is_over_the_cure
    assert not standing(THREE, on=FIRST + 10 * DAY).is_over_the_cure
    assert (late.rows[0].reminder_on, late.rows[0].cure_until) == (date(2026, 11, 23), date(2026, 11, 30))


def test_days_late_are_counted_up_to_today_or_to_the_payment() -> None:
    progress = standing(THREE, paid("a", FIRST + 4 * DAY, 100_000), on=date(2026, 12, 23))
    assert [row.days for row in progress.rows] == [4, 2, 0]
    assert [row.met_on for row in progress.rows] == [FIRST + 4 * DAY, None, None]
    assert [row.position for row in progress.rows] == [0, 1, 2]


def test_a_payment_counts_from_the_day_that_completes_it() -> None:
    parts = (paid("a", FIRST, 99_999), paid("b", FIRST + 12 * DAY, 1))
    progress = standing(THREE, *parts, on=FIRST + 12 * DAY)
    assert (progress.rows[0].met_on, progress.rows[0].state) == (FIRST + 12 * DAY, RowState.LATE)
    assert progress.kept_count == 0


def test_where_nothing_is_to_be_paid_it_is_kept_on_its_day() -> None:
    plan = plan_of_rows([row(1, FIRST, Components()), row(2, date(2026, 12, 21))])
    progress = standing(plan, on=FIRST + 5 * DAY)
    assert (progress.rows[0].met_on, progress.rows[0].state, progress.rows[0].days) == (
        FIRST,
        RowState.KEPT,
        0,
    )
    assert progress.next is progress.rows[1]


def test_usual_payments_up_to_the_plans_last_day_go_with_it() -> None:
    ends = date(2027, 1, 20)
    beside = (
        row(9, ends, Components(principal=1), is_running=True),
        row(10, ends + DAY, Components(principal=1), is_running=True),
    )
    rows = payable_rows(replace(THREE, running_rows=beside))
    assert [(each.number, each.is_running) for each in rows] == [
        (1, False),
        (2, False),
        (3, False),
        (9, True),
    ]


def test_the_book_reaches_yesterday_where_nothing_else_is_said() -> None:
    assert standing(THREE, on=FIRST + DAY) == standing(THREE, on=FIRST + DAY, known_until=FIRST)
    until = FIRST + 10 * DAY
    known = standing(THREE, on=until + DAY, known_until=until)
    assert known.rows[0].state is RowState.MISSED
    assert standing(THREE, on=until + DAY, known_until=until - DAY).rows[0].state is RowState.OPEN
    assert standing(THREE, on=until + DAY, known_until=FIRST).rows[0].state is RowState.OPEN
    assert standing(THREE, on=until + DAY, known_until=FIRST - DAY).rows[0].state is RowState.AWAITED


def test_a_settled_plan_has_nothing_next() -> None:
    settled = progress_of(THREE, (), on=FIRST + 40 * DAY, is_settled=True)
    assert (settled.next, settled.next_sum, settled.next_paid, settled.due_now) == (None, 0, 0, 0)
    assert settled.is_complete
    assert not settled.is_over_the_cure
