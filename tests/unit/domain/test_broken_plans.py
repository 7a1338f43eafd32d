"""A plan that broke: from when its days count when it goes on, and from when it may be ended."""

from datetime import date, timedelta

import pytest

from portal.domain.broken_plans import may_end_from, refuse_ending
from portal.domain.errors import DomainError
from portal.domain.plan_progress import PlanProgress, RowState, progress_of
from tests.unit.domain.test_plan_progress import FIRST, THREE, paid

DAY = timedelta(days=1)
AGAIN = FIRST + 16 * DAY


def standing(on: date, *, known_until: date | None = None) -> PlanProgress:
    return progress_of(THREE, (), on=on, known_until=known_until, reinstated_on=AGAIN)


@pytest.mark.parametrize(("days", "state"), [(0, RowState.OPEN), (10, RowState.OPEN), (11, RowState.MISSED)])
def test_what_was_out_has_ten_days_from_the_day_on_which_it_goes_on(days: int, state: RowState) -> None:
    assert standing(AGAIN + days * DAY).rows[0].state is state


def test_a_book_that_does_not_reach_so_far_misses_nothing() -> None:
    on = AGAIN + 12 * DAY
    assert standing(on, known_until=AGAIN + 9 * DAY).rows[0].state is RowState.OPEN
    assert standing(on, known_until=AGAIN + 10 * DAY).rows[0].state is RowState.MISSED


def test_what_falls_due_later_counts_from_its_own_date() -> None:
    first, second, _ = standing(AGAIN).rows
    assert (first.counted_from, first.is_given_anew) == (AGAIN, True)
    assert (second.counted_from, second.is_given_anew) == (second.row.due_on, False)
    assert standing(AGAIN).cure_until == AGAIN + 10 * DAY


def test_a_payment_in_those_days_stays_late_and_one_before_is_what_it_was() -> None:
    late = progress_of(THREE, [paid("a", AGAIN + DAY, 10_000_000)], on=AGAIN + 2 * DAY, reinstated_on=AGAIN)
    assert late.rows[0].state is RowState.LATE
    good = progress_of(
        THREE, [paid("a", FIRST + 9 * DAY, 10_000_000)], on=AGAIN + 2 * DAY, reinstated_on=AGAIN
    )
    assert good.rows[0].state is RowState.MADE_GOOD


def test_one_payment_more_is_looked_at_with_the_same_days() -> None:
    progress = standing(AGAIN + 5 * DAY).with_payment(paid("a", AGAIN + 4 * DAY, 1))
    assert progress.rows[0].state is RowState.OPEN
    assert progress.reinstated_on == AGAIN


def test_ten_whole_days_lie_between_telling_and_the_end() -> None:
    assert may_end_from(FIRST) == FIRST + 11 * DAY
    refuse_ending(FIRST, today=FIRST + 11 * DAY, has_answer=False)
    with pytest.raises(DomainError, match="end_too_early"):
        refuse_ending(FIRST, today=FIRST + 10 * DAY, has_answer=False)
    with pytest.raises(DomainError, match="end_not_told"):
        refuse_ending(None, today=FIRST, has_answer=False)
    with pytest.raises(DomainError, match="answer_waits"):
        refuse_ending(FIRST, today=FIRST + 11 * DAY, has_answer=True)
