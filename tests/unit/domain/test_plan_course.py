"""What a borrower with a plan is reminded of, on which day, and once; and from when days count again after it broke."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.allocation import Payment
from portal.domain.loans import Components
from portal.domain.occasions import Occasion
from portal.domain.plan_course import BY_THE_BOOK, pause_ends, reminder_due, whose
from portal.domain.plan_progress import PlanProgress, progress_of
from portal.domain.plans import Plan, PlanCost, PlanKind, PlanRequest, PlanRow
from portal.domain.proposals import Act, Who
from portal.domain.stage_packs import PACKS, StagePack

PACK = StagePack.from_data(PACKS[0])
FIRST, SECOND = date(2026, 11, 20), date(2026, 12, 21)
DAY = timedelta(days=1)
LONG_AGO = date(2026, 1, 1)
PLAN = Plan(
    kind=PlanKind.CATCH_UP,
    request=PlanRequest(PlanKind.CATCH_UP, installments=2),
    priced_on=date(2026, 11, 2),
    currency="CNY",
    arrears=Components(principal=200),
    advance=200,
    rows=[
        PlanRow(number, day, Components(principal=100), 0) for number, day in enumerate((FIRST, SECOND), 1)
    ],
    cost=PlanCost(200, 0, None, None, "test"),
)


def standing(on: date, paid: int = 0, known_until: date | None = None) -> PlanProgress:
    payments = [Payment("p", FIRST - 10 * DAY, paid)] if paid else []
    return progress_of(PLAN, payments, on=on, known_until=known_until)


def reminded(
    on: date,
    paid: int = 0,
    *,
    since: date = LONG_AGO,
    pack: StagePack = PACK,
    known_until: date | None = None,
) -> tuple[Occasion, int] | None:
    found = reminder_due(standing(on, paid, known_until), since=since, pack=pack)
    return found and (found[0], found[1].number)


SOON, MISSED = (Occasion.PLAN_DUE_SOON, 1), (Occasion.PLAN_MISSED, 1)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-4, None),
        (-3, SOON),
        (-1, SOON),
        (0, SOON),
        (1, None),
        (2, None),
        (3, MISSED),
        (10, MISSED),
        (11, None),
        (20, None),
    ],
)
def test_three_days_before_and_three_days_after_a_payment_there_is_something_to_say(
    days: int, said: tuple[Occasion, int] | None
) -> None:
    """Before its day is over and before the time to make it good is: the tenth day after it."""
    assert reminded(FIRST + days * DAY) == said


@pytest.mark.parametrize(
    ("on", "asked_on", "said"), [(FIRST, FIRST - 3 * DAY, SOON), (FIRST + 5 * DAY, FIRST + 3 * DAY, MISSED)]
)
def test_what_was_looked_at_on_its_day_is_not_said_again(
    on: date, asked_on: date, said: tuple[Occasion, int]
) -> None:
    assert reminded(on, since=asked_on - DAY) == said
    assert reminded(on, since=asked_on) is None
    assert reminded(on, since=asked_on + DAY) is None


@pytest.mark.parametrize(
    ("days", "paid", "said"),
    [
        (-3, 100, None),
        (3, 100, None),
        (3, 99, MISSED),
        (28, 100, (Occasion.PLAN_DUE_SOON, 2)),
        (28, 99, None),
        (34, 100, (Occasion.PLAN_MISSED, 2)),
        (34, 0, (Occasion.PLAN_MISSED, 2)),
        (28, 200, None),
    ],
)
def test_what_is_paid_is_not_reminded_of_and_what_is_out_goes_before_what_comes(
    days: int, paid: int, said: tuple[Occasion, int] | None
) -> None:
    """The second falls due 31 days after the first."""
    assert reminded(FIRST + days * DAY, paid) == said


def test_nobody_is_reminded_of_a_day_that_the_book_does_not_reach() -> None:
    assert reminded(FIRST + 3 * DAY, known_until=FIRST - DAY) is None
    assert reminded(FIRST + 3 * DAY, known_until=FIRST) == MISSED


def test_the_days_are_those_of_the_pack() -> None:
    pack = replace(PACK, plan_due_soon_days=1, plan_missed_day=2)
    said = [reminded(FIRST + days * DAY, pack=pack) for days in (-2, -1, 1, 2)]
    assert said == [None, SOON, None, MISSED]


@pytest.mark.parametrize(
    ("days", "paid", "ends"),
    [(1, 0, FIRST + 11 * DAY), (40, 0, FIRST + 11 * DAY), (40, 100, SECOND + 11 * DAY)],
)
def test_days_count_again_after_the_cure_of_the_payment_that_is_out(days: int, paid: int, ends: date) -> None:
    assert pause_ends(standing(FIRST + days * DAY, paid)) == ends


def test_where_nothing_is_out_days_count_from_the_day_itself() -> None:
    assert pause_ends(standing(FIRST + 5 * DAY, 100)) == FIRST + 5 * DAY


@pytest.mark.parametrize(
    ("who", "acts"), [(Who.CLOCK, [Act.MISS, Act.BREAK]), (Who.BOOK, [Act.PAY, Act.COMPLETE])]
)
def test_money_makes_good_and_the_day_breaks(who: Who, acts: Sequence[Act]) -> None:
    assert [whose(act) for act in acts] == [who, who]
    assert (frozenset(acts) == BY_THE_BOOK) is (who is Who.BOOK)


def heard(on: date, told_on: date | None, paid: Sequence[Payment] = ()) -> PlanProgress:
    """Where the loan has another creditor since before the first payment."""
    return progress_of(PLAN, paid, on=on, heard_on=told_on or on)


def test_while_nobody_told_the_borrower_of_another_creditor_nothing_is_over_and_nobody_reminds() -> None:
    late = heard(FIRST + 60 * DAY, None)
    assert [row.is_late for row in late.rows] == [True, True]
    assert not late.is_over_the_cure
    assert reminder_due(late, since=LONG_AGO, pack=PACK) is None


def test_from_the_day_of_being_told_a_late_payment_has_all_its_days() -> None:
    told_on = FIRST + 25 * DAY
    third, tenth = heard(told_on + 3 * DAY, told_on), heard(told_on + 10 * DAY, told_on)
    assert reminder_due(third, since=told_on + 2 * DAY, pack=PACK) == (Occasion.PLAN_MISSED, PLAN.rows[0])
    assert tenth.cure_until == told_on + 10 * DAY
    assert not tenth.is_over_the_cure
    assert heard(told_on + 11 * DAY, told_on).is_over_the_cure
    assert not third.given_anew  # nothing was reinstated


def test_what_falls_due_after_being_told_counts_from_its_own_date() -> None:
    told_on = FIRST - 3 * DAY
    assert heard(FIRST + 11 * DAY, told_on).is_over_the_cure
    assert heard(FIRST + 11 * DAY, told_on).with_payment(Payment("p", FIRST, 1)).is_over_the_cure
    untold = heard(FIRST + 11 * DAY, None).with_payment(Payment("p", FIRST, 1))
    assert not untold.is_over_the_cure
