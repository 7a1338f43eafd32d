"""Changing a plan in force: what may be wished for, what it asks for, and the loan as the plan leaves it, to the cent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portal.domain.allocation import Payment
from portal.domain.errors import Conflict, DomainError
from portal.domain.loans import Components, InstallmentFacts, LoanFacts
from portal.domain.offers import Standing
from portal.domain.owed import owed_on
from portal.domain.plan_changes import (
    Change,
    Wish,
    amount_of,
    change_of,
    date_of,
    facts_under_plan,
    is_apart,
    paid_before,
    refuse_change,
    skip_of,
    wishes_for,
)
from portal.domain.plan_progress import PlanProgress, progress_of
from portal.domain.plans import ArrearsTreatment, Plan, PlanCost, PlanKind, PlanRequest, PlanRow
from portal.domain.policy import Circumstances
from portal.domain.pricing import price_plan
from portal.domain.proposals import ProposalStatus
from tests.unit.domain.late_loans import RULES, TODAY, late_loan

DAY = timedelta(days=1)
FIRST = date(2026, 10, 20)
DAYS = (
    FIRST,
    date(2026, 11, 20),
    date(2026, 12, 21),
    date(2027, 1, 20),
    date(2027, 2, 22),
    date(2027, 3, 22),
)
PARTS = Components(principal=30_000, interest=140, fee=75, penalty=125)
"""303.40: of the interest 1.00 is old, as are fee and penalty."""


def plan_of(
    kind: PlanKind,
    rows: Sequence[PlanRow],
    *,
    running: Sequence[PlanRow] = (),
    advance: int = 0,
    **asked: Any,
) -> Plan:
    total = sum(row.due for row in rows)
    own = sum(not row.is_upfront for row in rows)
    return Plan(
        kind=kind,
        request=PlanRequest(**{"kind": kind, "installments": own, "day_of_month": 20, **asked}),
        priced_on=TODAY,
        currency="CNY",
        arrears=Components(),
        advance=advance or total,
        rows=tuple(rows),
        cost=PlanCost(total, 0, None, None, "test"),
        running_rows=tuple(running),
    )


def rows_of(*parts: Components, first: int = 1) -> list[PlanRow]:
    return [PlanRow(at, DAYS[at - first], each, 0) for at, each in enumerate(parts, start=first)]


def running_row(number: int, due_on: date, principal: int = 50_000) -> PlanRow:
    return PlanRow(number, due_on, Components(principal=principal), 0, is_running=True)


def after(plan: Plan, minor: int = 0, on: date = TODAY + DAY) -> PlanProgress:
    """Where the plan stands once so much was paid."""
    return progress_of(plan, [Payment("P", TODAY + DAY, minor)] if minor else [], on=on)


FOUR = rows_of(*[PARTS] * 4)
UPFRONT_FIRST = rows_of(*[PARTS] * 4, first=0)


# what may be wished for


@pytest.mark.parametrize("status", ProposalStatus)
def test_only_a_plan_in_force_is_changed(status: ProposalStatus) -> None:
    if status in {ProposalStatus.APPROVED, ProposalStatus.ACTIVE, ProposalStatus.MISSED}:
        refuse_change(status)
        return
    with pytest.raises(Conflict, match=r"^plan_not_in_force$"):
        refuse_change(status)


@pytest.mark.parametrize(
    ("kind", "wishes"),
    [
        (PlanKind.CATCH_UP, ["date", "amount", "skip"]),
        (PlanKind.RESCHEDULE, ["date", "amount", "skip"]),
        (PlanKind.STEP_UP, ["date", "amount", "skip"]),
        (PlanKind.INTEREST_ONLY, ["skip"]),
        (PlanKind.DEFER, ["skip"]),
        (PlanKind.PAY_BY_DATE, ["date", "amount"]),
        (PlanKind.SETTLEMENT, []),
    ],
)
def test_each_kind_can_be_changed_in_its_own_ways(kind: PlanKind, wishes: list[str]) -> None:
    plan = plan_of(kind, FOUR)
    assert list(wishes_for(plan, after(plan))) == wishes
    for wish in Wish:
        if wish.value not in wishes:
            with pytest.raises(DomainError, match=r"^change_not_possible$") as refusal:
                change_of(wish, plan, after(plan), standing_of(late_loan()))
            assert refusal.value.field == "wish"


def test_a_plan_that_is_paid_can_be_changed_in_nothing() -> None:
    plan = plan_of(PlanKind.CATCH_UP, FOUR)
    total = 4 * PARTS.total
    assert wishes_for(plan, after(plan, total)) == ()
    assert len(wishes_for(plan, after(plan, total - 1))) == 3


def test_a_sum_that_comes_first_is_paid_before_all_anew_is_changed() -> None:
    anew = plan_of(PlanKind.RESCHEDULE, UPFRONT_FIRST)
    short, paid = after(anew, PARTS.total - 1), after(anew, PARTS.total)
    assert (is_apart(anew, short), wishes_for(anew, short)) == (False, ())
    assert (is_apart(anew, paid), len(wishes_for(anew, paid))) == (True, 3)


def test_beside_the_running_schedule_it_need_not_be_paid_before() -> None:
    beside = plan_of(PlanKind.CATCH_UP, UPFRONT_FIRST)
    assert is_apart(beside, after(beside))
    assert len(wishes_for(beside, after(beside))) == 3


# the journey's answers, filled in


def need_of(kind: PlanKind, monthly: int = 0, **asked: Any) -> dict[str, Any]:
    answers = Change(Wish.DATE, PlanRequest(kind, **asked)).answers(monthly)
    return dict(answers["need"])


def test_nothing_is_asked_that_is_known() -> None:
    request = PlanRequest(PlanKind.CATCH_UP, installments=3, day_of_month=5)
    assert Change(Wish.SKIP, request).answers(70_000) == {
        "reason": {"reason": "not_said"},
        "need": {"need": "monthly", "day": 5, "every": "1 month", "monthly_minor": 70_000},
        "choice": {
            "kind": "catch_up",
            "installments": 3,
            "defer_periods": 0,
            "every": "1 month",
            "day_of_month": 5,
            "first_on": None,
            "source": "own",
        },
        "change": {"wish": "skip"},
    }


def test_rising_payments_are_asked_for_as_such() -> None:
    assert need_of(PlanKind.STEP_UP)["need"] == "step_up"
    assert need_of(PlanKind.RESCHEDULE)["need"] == "monthly"


@pytest.mark.parametrize(("first_on", "day"), [(28, 28), (27, 27), (29, 28), (31, 28)])
def test_a_first_day_tells_the_day_of_the_month_which_is_the_28th_at_most(first_on: int, day: int) -> None:
    assert need_of(PlanKind.CATCH_UP, first_on=date(2026, 12, first_on), day_of_month=3)["day"] == day
    assert (
        amount_of(
            plan_of(PlanKind.CATCH_UP, FOUR, first_on=date(2026, 12, first_on), day_of_month=3)
        ).day_of_month
        == day
    )


def test_by_weeks_the_day_of_the_week_is_told_by_the_first_day_or_the_request() -> None:
    assert need_of(PlanKind.CATCH_UP, 5_000, every="2 weeks", weekday=5) == {
        "need": "monthly", "day": 1, "every": "2 weeks", "monthly_minor": 5_000, "weekday": 5,
    }  # fmt: skip
    # 20 October 2026 is a Tuesday.
    assert need_of(PlanKind.CATCH_UP, every="1 week", weekday=5, first_on=FIRST)["weekday"] == 2


def test_a_pause_and_a_promise_have_no_sum_a_month() -> None:
    assert need_of(PlanKind.DEFER, 5_000, day_of_month=7) == {"need": "pause", "day": 7}
    assert need_of(PlanKind.PAY_BY_DATE, 5_000, first_on=FIRST) == {
        "need": "by_date", "day": 20, "pay_on": "2026-10-20",
    }  # fmt: skip
    assert need_of(PlanKind.PAY_BY_DATE)["pay_on"] is None


# what is asked for


def standing_of(facts: LoanFacts) -> Standing:
    return Standing(facts, RULES, 26, Circumstances())


EARLIEST = TODAY


def test_leaving_one_out_moves_the_next_unpaid_payment_by_a_month() -> None:
    plan = plan_of(PlanKind.CATCH_UP, FOUR, running=[running_row(9, FIRST - DAY)])
    asked = skip_of(plan, after(plan), earliest=EARLIEST)
    assert (asked.kind, asked.first_on, asked.installments) == (PlanKind.CATCH_UP, date(2026, 11, 20), 4)
    later = skip_of(plan, after(plan, 50_000 + PARTS.total), earliest=EARLIEST)
    assert (later.first_on, later.installments) == (date(2026, 12, 20), 3)
    assert skip_of(plan, after(plan), earliest=date(2027, 6, 1)).first_on == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("earliest", "first_on"),
    [
        (date(2026, 10, 1), date(2026, 10, 27)),
        (date(2026, 10, 27), date(2026, 10, 27)),
        (date(2026, 10, 28), date(2026, 11, 3)),
        (date(2026, 11, 9), date(2026, 11, 10)),
    ],
)
def test_by_weeks_it_moves_to_the_first_week_that_can_still_be(earliest: date, first_on: date) -> None:
    """One week after 20 October is the 27th."""
    plan = plan_of(PlanKind.CATCH_UP, FOUR, every="1 week")
    assert skip_of(plan, after(plan), earliest=earliest).first_on == first_on


@pytest.mark.parametrize("kind", [PlanKind.DEFER, PlanKind.INTEREST_ONLY])
def test_on_the_loans_own_days_leaving_one_out_is_a_pause_of_one_period(kind: PlanKind) -> None:
    plan = plan_of(kind, FOUR, defer_periods=3, interest_periods=2, first_on=FIRST, installments=0)
    asked = skip_of(plan, after(plan), earliest=EARLIEST)
    assert asked == replace(
        plan.request, kind=PlanKind.DEFER, defer_periods=1, interest_periods=0, first_on=None
    )


def test_another_day_keeps_the_number_of_payments_that_are_left() -> None:
    plan = plan_of(PlanKind.RESCHEDULE, UPFRONT_FIRST, first_on=FIRST, upfront_minor=30_340, upfront_on=FIRST)
    asked = date_of(plan, after(plan, 2 * PARTS.total), day=5)
    assert (asked.kind, asked.installments, asked.day_of_month, asked.weekday) == (
        PlanKind.RESCHEDULE, 2, 5, 0,
    )  # fmt: skip
    assert (asked.first_on, asked.upfront_minor, asked.upfront_on, asked.steps) == (None, 0, None, 0)


def test_a_sum_first_that_is_out_is_among_what_the_payments_spread() -> None:
    plan = plan_of(PlanKind.CATCH_UP, UPFRONT_FIRST, upfront_minor=30_340)
    asked = date_of(plan, after(plan), day=5)
    assert (asked.installments, asked.upfront_minor) == (3, 0)


def test_by_weeks_the_day_is_one_of_the_week() -> None:
    plan = plan_of(PlanKind.CATCH_UP, FOUR, every="2 weeks", weekday=1)
    asked = date_of(plan, after(plan), day=5)
    assert (asked.weekday, asked.day_of_month) == (5, 20)


def test_where_only_the_loans_own_payment_is_left_it_counts_as_one() -> None:
    """It falls on the day of the plan's last payment, which is paid."""
    plan = plan_of(PlanKind.CATCH_UP, FOUR, running=[running_row(9, DAYS[3])])
    progress = after(plan, 4 * PARTS.total)
    assert not progress.is_complete
    assert date_of(plan, progress, day=5).installments == 1
    assert skip_of(plan, progress, earliest=EARLIEST).first_on == date(2027, 2, 20)


@pytest.mark.parametrize(
    ("paid", "steps", "kind"),
    [
        (0, 3, PlanKind.STEP_UP),
        (1, 3, PlanKind.STEP_UP),
        (2, 2, PlanKind.STEP_UP),
        (3, 2, PlanKind.STEP_UP),
        (4, 0, PlanKind.RESCHEDULE),
        (5, 0, PlanKind.RESCHEDULE),
    ],
)
def test_steps_that_are_paid_are_no_steps_any_more(paid: int, steps: int, kind: PlanKind) -> None:
    """Six payments in three steps of two; the last step alone is a plan of equal payments."""
    plan = plan_of(PlanKind.STEP_UP, rows_of(*[PARTS] * 6), steps=3)
    asked = date_of(plan, after(plan, paid * PARTS.total), day=5)
    assert (asked.steps, asked.kind, asked.installments) == (steps, kind, 6 - paid)


def test_a_sum_paid_first_is_no_payment_of_the_first_step() -> None:
    plan = plan_of(PlanKind.STEP_UP, rows_of(*[PARTS] * 5, first=0), steps=2, upfront_minor=30_340)
    for paid, steps in ((1, 2), (2, 2), (3, 0)):
        assert date_of(plan, after(plan, paid * PARTS.total), day=5).steps == steps


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        (PlanKind.CATCH_UP, PlanKind.CATCH_UP),
        (PlanKind.PAY_BY_DATE, PlanKind.CATCH_UP),
        (PlanKind.RESCHEDULE, PlanKind.RESCHEDULE),
        (PlanKind.STEP_UP, PlanKind.RESCHEDULE),
    ],
)
def test_another_sum_is_paid_in_equal_payments_on_the_same_day(kind: PlanKind, becomes: PlanKind) -> None:
    plan = plan_of(
        kind, FOUR, steps=2, first_on=FIRST, upfront_minor=500, upfront_on=FIRST, every="2 weeks", weekday=4
    )
    assert amount_of(plan) == PlanRequest(becomes, every="2 weeks", weekday=4, day_of_month=20)


# a wish, priced


def test_a_wish_becomes_a_request() -> None:
    loan = late_loan()
    plan = price_plan(loan, PlanRequest(PlanKind.RESCHEDULE, installments=12, day_of_month=20), RULES)
    progress = after(plan)
    standing = standing_of(under(plan, progress, loan))
    change, is_met = change_of(Wish.DATE, plan, progress, standing, day=5)
    assert (change, is_met) == (Change(Wish.DATE, date_of(plan, progress, day=5)), True)
    change, is_met = change_of(Wish.SKIP, plan, progress, standing)
    assert (change, is_met) == (Change(Wish.SKIP, skip_of(plan, progress, earliest=TODAY)), True)


def test_a_promise_moves_to_the_day_that_is_named() -> None:
    plan = plan_of(PlanKind.PAY_BY_DATE, FOUR[:1], first_on=FIRST)
    change, is_met = change_of(Wish.DATE, plan, after(plan), standing_of(late_loan()), on=FIRST + DAY)
    assert (change, is_met) == (Change(Wish.DATE, replace(plan.request, first_on=FIRST + DAY)), True)


def test_by_weeks_a_payment_moves_to_the_lenders_earliest_day_of_its_kind() -> None:
    """10 September: the answer is promised for the 14th, three working days more are the 17th."""
    plan = plan_of(PlanKind.CATCH_UP, [replace(FOUR[0], due_on=date(2026, 9, 9))], every="1 week")
    change, _ = change_of(Wish.SKIP, plan, after(plan), standing_of(late_loan()))
    assert change.request.first_on == date(2026, 9, 23)


def test_a_sum_is_met_exactly_or_as_near_as_a_plan_comes() -> None:
    loan = late_loan()
    plan = price_plan(loan, PlanRequest(PlanKind.RESCHEDULE, installments=12, day_of_month=20), RULES)
    standing = standing_of(loan)
    asked = PlanRequest(PlanKind.RESCHEDULE, installments=20, day_of_month=20)
    twenty = price_plan(loan, asked, RULES).largest_payment
    for monthly, is_exact in ((twenty, True), (twenty + 1, False), (twenty - 1, False)):
        change, is_met = change_of(Wish.AMOUNT, plan, after(plan), standing, monthly=monthly)
        assert (change, is_met) == (Change(Wish.AMOUNT, asked), is_exact)


# the loan as the plan leaves it


def under(
    plan: Plan, progress: PlanProgress, book: LoanFacts, *, before: Components | None = None, top: int = 150
) -> LoanFacts:
    return facts_under_plan(book, plan, progress, paid_before=before or Components(), top_pct=top)


BOOK = late_loan()
"""Its first installment is of 15 February; that of 15 August is the first that is not paid."""
BEFORE = Components(principal=500_000, interest=6_000)
BOOK_FIRST = BOOK.installments[0].due_on


def items(facts: LoanFacts) -> list[tuple[date, Components, Components]]:
    """(day, what is due, what was paid), beside the first, which holds what was paid before."""
    return [(row.due_on, row.due, row.paid) for row in facts.installments[1:]]


def test_what_was_paid_before_stands_first_and_all_is_numbered_in_order() -> None:
    plan = plan_of(PlanKind.RESCHEDULE, FOUR, advance=121_200)
    facts = under(plan, after(plan), BOOK, before=BEFORE)
    first = facts.installments[0]
    assert (first.due_on, first.due, first.paid) == (BOOK_FIRST, BEFORE, BEFORE)
    assert [row.number for row in facts.installments] == list(range(7))
    assert facts.is_under_plan
    assert (
        under(plan, after(plan), replace(BOOK, installments=())).installments[0].due_on == BOOK.disbursed_on
    )


@pytest.mark.parametrize(("days", "as_of"), [(-1, TODAY), (0, TODAY), (1, TODAY + DAY)])
def test_the_facts_are_of_the_book_or_of_the_plan_whichever_is_later(days: int, as_of: date) -> None:
    plan = plan_of(PlanKind.CATCH_UP, FOUR)
    assert under(plan, after(plan), replace(BOOK, as_of=TODAY + days * DAY)).as_of == as_of


def test_beside_the_running_schedule_what_is_left_is_one_overdue_item_of_the_books_oldest_day() -> None:
    running = [running_row(9, FIRST - DAY), running_row(10, DAYS[3]), running_row(11, DAYS[3] + DAY)]
    plan = plan_of(PlanKind.CATCH_UP, UPFRONT_FIRST, running=running)
    # The sum first, then 100.00 of the second payment; of the loan's own installments the one between is paid.
    paid = running[0].due + PARTS.total + 10_000
    order = replace(plan, running_rows=[replace(running[0], due_on=FIRST + DAY), *running[1:]])
    facts = under(order, after(order, paid), BOOK)
    left = Components(90_000, 420, 225, 375) - Components(penalty=125, fee=75, interest=140, principal=9_660)
    assert items(facts) == [
        (date(2026, 8, 15), left, Components()),
        (FIRST + DAY, Components(50_000), Components(50_000)),
        (DAYS[3], Components(50_000), Components()),
        (DAYS[3] + DAY, Components(50_000), Components()),
    ]


@pytest.mark.parametrize(
    ("met", "priced_on", "oldest"),
    [
        (6, TODAY, date(2026, 8, 15)),
        (5, TODAY, date(2026, 7, 15)),
        (6, date(2026, 8, 16), date(2026, 8, 15)),
        (6, date(2026, 8, 15), date(2026, 8, 14)),
        (12, TODAY, TODAY - DAY),
    ],
)
def test_arrears_are_late_since_the_books_oldest_unpaid_day_or_the_eve_of_the_plan(
    met: int, priced_on: date, oldest: date
) -> None:
    plan = replace(plan_of(PlanKind.CATCH_UP, FOUR), priced_on=priced_on)
    assert items(under(plan, after(plan), late_loan(met=met)))[0][0] == oldest


OWN = [Components(30_000, own) for own in (40, 30, 20, 10)]
"""Principal and its own interest of four payments lent anew."""
NOTHING_DUE = (TODAY, Components(), Components())


def lent_anew(extras: Sequence[Components], kind: PlanKind = PlanKind.RESCHEDULE, **asked: Any) -> Plan:
    """1,200.00 lent anew in four payments, with the old sums in each of them."""
    rows = rows_of(*(own + extra for own, extra in zip(OWN, extras, strict=True)))
    return plan_of(kind, rows, advance=120_000 + sum(extra.total for extra in extras), **asked)


EACH = Components(interest=100, fee=75, penalty=125)
EVE = TODAY - DAY


def test_old_sums_that_were_spread_are_told_from_what_is_lent_anew() -> None:
    plan = lent_anew([EACH] * 4)
    assert items(under(plan, after(plan), BOOK)) == [
        (EVE, Components(interest=400, fee=300, penalty=500), Components()),
        NOTHING_DUE,
        *((day, own, Components()) for day, own in zip(DAYS[:4], OWN, strict=True)),
    ]


def test_a_payment_pays_its_old_sums_first() -> None:
    """303.40 for the first; then 0.75 of fees, all of the second's penalty and 0.60 of its old interest."""
    plan = lent_anew([EACH] * 4)
    facts = under(plan, after(plan, 30_340 + 75 + 125 + 60), BOOK)
    assert items(facts) == [
        (EVE, Components(interest=40 + 200, fee=150, penalty=250), Components()),
        NOTHING_DUE,
        (DAYS[0], OWN[0], OWN[0]),
        (DAYS[1], OWN[1], Components()),
        (DAYS[2], OWN[2], Components()),
        (DAYS[3], OWN[3], Components()),
    ]


def test_what_is_paid_beyond_the_old_sums_counts_for_what_is_lent_anew() -> None:
    """Of the second payment 5.00: fee 0.75, penalty 1.25, interest 1.30 and 1.70 of principal."""
    plan = lent_anew([EACH] * 4)
    facts = under(plan, after(plan, 30_340 + 500), BOOK)
    assert items(facts)[0][1] == Components(interest=200, fee=150, penalty=250)
    assert items(facts)[3] == (DAYS[1], OWN[1], Components(principal=170, interest=30))


@pytest.mark.parametrize(
    ("minor", "left"),
    [
        (30, Components(interest=400, fee=270, penalty=500)),
        (100, Components(interest=400, fee=225, penalty=475)),
        (201, Components(interest=399, fee=225, penalty=375)),
    ],
)
def test_part_of_an_old_sum_leaves_its_rest(minor: int, left: Components) -> None:
    plan = lent_anew([EACH] * 4)
    assert items(under(plan, after(plan, minor), BOOK))[0] == (EVE, left, Components())


def test_old_sums_that_came_with_the_first_payment_are_all_in_it() -> None:
    first = Components(interest=400, fee=300, penalty=500)
    plan = lent_anew([first, *[Components()] * 3], arrears_treatment=ArrearsTreatment.FIRST_INSTALLMENT)
    facts = under(plan, after(plan), BOOK)
    assert [due for _, due, _ in items(facts)] == [first, Components(), *OWN]


@pytest.mark.parametrize("treatment", [ArrearsTreatment.CAPITALISED, ArrearsTreatment.WAIVED])
def test_what_was_added_to_the_principal_or_waived_is_no_old_sum_any_more(
    treatment: ArrearsTreatment,
) -> None:
    plan = replace(lent_anew([EACH] * 4, arrears_treatment=treatment), advance=120_000)
    facts = under(plan, after(plan), BOOK)
    assert [due for _, due, _ in items(facts)] == [
        Components(), Components(), *(own + EACH for own in OWN),
    ]  # fmt: skip


@pytest.mark.parametrize(("top", "penalties"), [(150, (100, 100, 150, 150)), (200, (100, 100, 200, 200))])
def test_old_sums_of_a_rising_plan_rise_with_its_steps(top: int, penalties: Sequence[int]) -> None:
    """Two steps of two payments; the last is 150 % of the first, or as high as the policy let it be."""
    extras = [Components(penalty=each) for each in penalties]
    plan = lent_anew(extras, PlanKind.STEP_UP, steps=2)
    facts = under(plan, after(plan), BOOK, top=top)
    assert [due for _, due, _ in items(facts)] == [
        Components(penalty=sum(penalties)), Components(), *OWN,
    ]  # fmt: skip


def test_a_rising_plan_too_may_have_them_in_the_first_payment() -> None:
    first = Components(fee=500)
    plan = lent_anew(
        [first, *[Components()] * 3],
        PlanKind.STEP_UP,
        steps=2,
        arrears_treatment=ArrearsTreatment.FIRST_INSTALLMENT,
    )
    assert [due for _, due, _ in items(under(plan, after(plan), BOOK))] == [first, Components(), *OWN]


def with_upfront() -> Plan:
    """A first sum of 103.00 takes a share of the old sums, too; 900.00 are lent anew in three payments."""
    upfront = PlanRow(0, DAYS[0], Components(10_000, 100, 75, 125), 0)
    rows = [
        replace(row, due_on=DAYS[at]) for at, row in enumerate(rows_of(*(own + EACH for own in OWN[:3])), 1)
    ]
    return plan_of(PlanKind.RESCHEDULE, [upfront, *rows], advance=101_200, upfront_minor=10_300)


def test_a_sum_paid_first_counts_as_paid_and_is_no_payment_any_more() -> None:
    plan = with_upfront()
    facts = under(plan, after(plan, 10_300), BOOK, before=BEFORE)
    assert facts.installments[0].paid == BEFORE + Components(10_000, 100, 75, 125)
    assert [(day, due) for day, due, _ in items(facts)] == [
        (EVE, Components(interest=300, fee=225, penalty=375)),
        (TODAY, Components()),
        *zip(DAYS[1:4], OWN, strict=False),
    ]


def test_one_that_is_out_stands_whole() -> None:
    plan = with_upfront()
    facts = under(plan, after(plan, 10_299), BOOK, before=BEFORE)
    assert facts.installments[0].paid == BEFORE
    assert items(facts)[2:4] == [
        (DAYS[0], Components(10_000, 100, 75, 125), Components(9_999, 100, 75, 125)),
        (DAYS[1], OWN[0], Components()),
    ]


@pytest.mark.parametrize("kind", [PlanKind.DEFER, PlanKind.INTEREST_ONLY])
def test_on_the_loans_own_days_each_payment_stays_as_it_is(kind: PlanKind) -> None:
    plan = plan_of(kind, FOUR)
    facts = under(plan, after(plan, PARTS.total), BOOK)
    assert items(facts) == [
        (EVE, Components(), Components()),
        NOTHING_DUE,
        (DAYS[0], PARTS, PARTS),
        *((day, PARTS, Components()) for day in DAYS[1:4]),
    ]


@pytest.mark.parametrize(
    "request_",
    [
        PlanRequest(PlanKind.CATCH_UP, installments=4, day_of_month=20),
        PlanRequest(PlanKind.RESCHEDULE, installments=7, day_of_month=20),
        PlanRequest(PlanKind.STEP_UP, installments=7, steps=3, day_of_month=20),
    ],
    ids=str,
)
def test_a_plan_that_is_changed_on_its_own_day_owes_what_it_owed(request_: PlanRequest) -> None:
    loan = late_loan(extra=Components(fee=501), annual_rate_pct=Decimal("14.4"))
    plan = price_plan(loan, request_, RULES)
    facts = under(plan, after(plan), loan, before=paid_before(loan.fingerprint()["installments"]))  # type: ignore[arg-type]
    owed = owed_on(facts, TODAY)
    before = owed_on(loan, TODAY)
    assert owed.principal == before.principal
    assert owed.beside_principal == before.beside_principal


def test_what_was_paid_is_read_from_the_frozen_fingerprint() -> None:
    paid = (Components(1, 20, 300, 4_000), Components(5, 60, 700, 8_000))
    rows = [
        InstallmentFacts(at, FIRST, Components(9_000, 9_000, 9_000, 9_000), each)
        for at, each in enumerate(paid)
    ]
    fingerprint = replace(BOOK, installments=rows).fingerprint()
    assert paid_before(fingerprint["installments"]) == Components(6, 80, 1_000, 12_000)  # type: ignore[arg-type]
    assert paid_before([]) == Components()
