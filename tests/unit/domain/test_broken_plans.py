"""A plan that broke: from when its days count when it goes on, and from when it may be ended."""

from datetime import date, timedelta

import pytest

from portal.domain.broken_plans import (
    broke_on,
    is_true,
    may_end_from,
    refuse_ending,
    refuse_not_broken,
    refuse_paid,
    refuse_reinstating,
    refuse_untrue,
)
from portal.domain.errors import Conflict, DomainError
from portal.domain.plan_progress import PlanProgress, RowState, progress_of
from portal.domain.proposals import ProposalStatus
from portal.domain.reasons import PlanEndReason
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
    with pytest.raises(DomainError, match=r"^end_too_early$") as refused:
        refuse_ending(FIRST, today=FIRST + 10 * DAY, has_answer=True)
    assert (refused.value.rule, refused.value.details) == ("P20", {"earliest": "2026-12-01"})
    with pytest.raises(DomainError, match=r"^end_not_told$") as refused:
        refuse_ending(None, today=FIRST, has_answer=True)
    assert refused.value.rule == "P20"
    with pytest.raises(DomainError, match=r"^answer_waits$") as refused:
        refuse_ending(FIRST, today=FIRST + 11 * DAY, has_answer=True)
    assert refused.value.rule == "P20"


@pytest.mark.parametrize("status", [each for each in ProposalStatus if each is not ProposalStatus.BROKEN])
def test_what_is_not_broken_neither_goes_on_nor_is_ended(status: ProposalStatus) -> None:
    with pytest.raises(Conflict, match=r"^plan_not_broken$") as refused:
        refuse_not_broken(status)
    assert refused.value.details == {"status": status.value}
    refuse_not_broken(ProposalStatus.BROKEN)


def broken(
    *payments: tuple[date, int], on: date = FIRST + 20 * DAY, known_until: date | None = None
) -> PlanProgress:
    """Three payments of 1,000.00, the first of them due on ``FIRST``."""
    received = [paid(str(number), day, amount) for number, (day, amount) in enumerate(payments)]
    return progress_of(THREE, received, on=on, known_until=known_until)


def test_a_plan_goes_on_once_and_not_beside_another_that_was_signed() -> None:
    refuse_reinstating(broken(), reinstated_on=None, has_other=False)
    with pytest.raises(DomainError, match=r"^reinstated_before$") as refused:
        refuse_reinstating(broken(), reinstated_on=AGAIN, has_other=False)
    assert refused.value.rule == "P20"
    with pytest.raises(Conflict, match=r"^other_plan_exists$"):
        refuse_reinstating(broken(), reinstated_on=None, has_other=True)


def test_a_plan_whose_last_date_has_passed_may_go_on() -> None:
    refuse_reinstating(broken(on=date(2027, 2, 20)), reinstated_on=None, has_other=False)


def test_a_plan_of_which_everything_is_paid_is_neither_taken_up_again_nor_ended() -> None:
    all_paid = broken((FIRST + 15 * DAY, 300_000))
    with pytest.raises(DomainError, match=r"^nothing_left_of_plan$"):
        refuse_paid(all_paid)
    with pytest.raises(DomainError, match=r"^nothing_left_of_plan$"):
        refuse_reinstating(all_paid, reinstated_on=None, has_other=False)
    refuse_paid(broken((FIRST + 15 * DAY, 299_999)))


@pytest.mark.parametrize(
    ("progress", "day"),
    [
        # the tenth day is the last on which it can be made good; the eleventh breaks
        (broken(on=FIRST + 10 * DAY), None),
        (broken(on=FIRST + 11 * DAY), FIRST + 11 * DAY),
        (broken(on=FIRST + 30 * DAY), FIRST + 11 * DAY),
        (broken((FIRST + 10 * DAY, 100_000)), None),
        # there, but a day after the time in which it counts as on time
        (broken((FIRST + 11 * DAY, 100_000)), FIRST + 11 * DAY),
        (broken((FIRST + 9 * DAY, 99_999)), FIRST + 11 * DAY),
        # of two that were missed, the earlier one broke it
        (broken(on=date(2027, 1, 5)), FIRST + 11 * DAY),
        (broken((FIRST, 100_000), on=date(2027, 1, 5)), date(2027, 1, 1)),
        (broken((FIRST, 300_000), on=date(2027, 3, 5)), None),
    ],
)
def test_a_plan_broke_on_the_first_day_after_those_to_make_a_payment_good(
    progress: PlanProgress, day: date | None
) -> None:
    assert broke_on(progress) == day


NOTHING, TOO_LITTLE = PlanEndReason.NOTHING_PAID_SINCE, PlanEndReason.TOO_LITTLE_PAID_SINCE
BROKE = FIRST + 11 * DAY


@pytest.mark.parametrize(
    ("payments", "true"),
    [
        ([], {NOTHING}),
        ([(BROKE - DAY, 50_000)], {NOTHING}),
        ([(BROKE, 50_000)], {TOO_LITTLE}),
        ([(BROKE + DAY, 1)], {TOO_LITTLE}),
        ([(BROKE - DAY, 50_000), (BROKE + DAY, 49_999)], {TOO_LITTLE}),
        # all that was due is paid since: neither is true
        ([(BROKE, 100_000)], set()),
        ([(FIRST, 100_000)], set()),
    ],
)
def test_a_reason_about_payments_is_held_against_the_book(
    payments: list[tuple[date, int]], true: set[PlanEndReason]
) -> None:
    progress = broken(*payments)
    assert {reason for reason in (NOTHING, TOO_LITTLE) if is_true(reason, progress)} == true
    for reason in (NOTHING, TOO_LITTLE):
        if reason in true:
            refuse_untrue(reason, progress)
            continue
        with pytest.raises(DomainError, match=r"^reason_no_longer_true$") as refused:
            refuse_untrue(reason, progress)
        assert (refused.value.field, refused.value.rule) == ("reason", "P20")


def test_a_plan_broke_again_only_where_it_went_on_before() -> None:
    assert not is_true(PlanEndReason.BROKE_AGAIN, broken())
    assert is_true(PlanEndReason.BROKE_AGAIN, standing(AGAIN + 12 * DAY))


@pytest.mark.parametrize("reason", [PlanEndReason.NEW_PLAN_FITS_BETTER, PlanEndReason.ASKED_FOR])
def test_what_a_person_knows_better_than_the_book_is_true_as_they_say_it(reason: PlanEndReason) -> None:
    assert is_true(reason, broken())
    assert is_true(reason, broken((FIRST, 300_000)))
