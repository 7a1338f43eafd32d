"""What a call's outcome counts as, how long nobody calls after it, and what can be promised in it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain.call_outcomes import (
    CallOutcome,
    CallResult,
    Promise,
    TaskState,
    check_call_back,
    check_promise,
    promise_state,
    rest_after,
    result_of,
)
from portal.domain.errors import DomainError
from tests.unit.domain.refusals import Refusal, refusal

TODAY = date(2026, 11, 6)
NOW = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("outcome", "result", "rest"),
    [
        (CallOutcome.REACHED, CallResult.ANSWERED, DAY),
        (CallOutcome.PROMISE, CallResult.ANSWERED, DAY),
        (CallOutcome.CALL_BACK, CallResult.ANSWERED, DAY),
        (CallOutcome.REFUSED_TO_TALK, CallResult.ANSWERED, 3 * DAY),
        (CallOutcome.SOMEBODY_ELSE, CallResult.OTHER_PERSON, DAY),
        (CallOutcome.NO_ANSWER, CallResult.NO_ANSWER, 2 * HOUR),
        (CallOutcome.BUSY, CallResult.BUSY, HOUR),
        (CallOutcome.WRONG_NUMBER, CallResult.WRONG_NUMBER, DAY),
        (CallOutcome.NUMBER_UNWANTED, CallResult.WRONG_NUMBER, DAY),
        (CallOutcome.HARDSHIP, CallResult.ANSWERED, DAY),
        (CallOutcome.DECEASED, CallResult.OTHER_PERSON, DAY),
        (CallOutcome.NOT_KNOWN, CallResult.NOT_NOTED, 2 * HOUR),
    ],
)
def test_what_an_outcome_counts_as_and_how_long_nobody_calls_after_it(
    outcome: CallOutcome, result: CallResult, rest: timedelta
) -> None:
    assert result_of(outcome) is result
    assert rest_after(outcome) == rest


@pytest.mark.parametrize(
    ("amount", "due_on", "expected"),
    [
        (1, TODAY, None),
        (500, TODAY + 30 * DAY, None),
        (0, TODAY, ("amount_not_positive", "amount", None)),
        (-1, TODAY, ("amount_not_positive", "amount", None)),
        (501, TODAY, ("promise_above_owed", "amount", None)),
        (500, None, ("promise_day_missing", "due_on", None)),
        (500, TODAY - DAY, ("promise_day_out_of_range", "due_on", None)),
        (500, TODAY + 31 * DAY, ("promise_day_out_of_range", "due_on", None)),
    ],
)
def test_a_promise_is_for_no_more_than_is_owed_and_within_thirty_days(
    amount: int, due_on: date | None, expected: Refusal | None
) -> None:
    def promise() -> Promise:
        return check_promise(amount, due_on, owed_minor=500, today=TODAY)

    assert refusal(promise) == expected
    if expected is None:
        assert due_on is not None
        assert promise() == Promise(amount, due_on)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW + timedelta(seconds=1), None),
        (NOW + 14 * DAY, None),
        (None, ("call_back_missing", "call_back_at", None)),
        (NOW, ("call_back_out_of_range", "call_back_at", None)),
        (NOW - HOUR, ("call_back_out_of_range", "call_back_at", None)),
        (NOW + 14 * DAY + timedelta(seconds=1), ("call_back_out_of_range", "call_back_at", None)),
    ],
)
def test_a_call_back_is_to_come_and_within_two_weeks(at: datetime | None, expected: Refusal | None) -> None:
    assert refusal(lambda: check_call_back(at, now=NOW)) == expected
    if expected is None:
        assert check_call_back(at, now=NOW) == at


def test_whoever_is_refused_learns_the_most_days() -> None:
    with pytest.raises(DomainError) as promised:
        check_promise(1, TODAY - DAY, owed_minor=1, today=TODAY)
    with pytest.raises(DomainError) as called:
        check_call_back(NOW, now=NOW)
    assert (promised.value.details, called.value.details) == ({"most": 30}, {"most": 14})


@pytest.mark.parametrize(
    ("paid", "today", "known", "state"),
    [
        (501, 0, 0, TaskState.KEPT),
        (500, 0, 0, TaskState.KEPT),
        (0, 0, 5, TaskState.OPEN),
        (0, 1, -1, TaskState.OPEN),
        (0, 1, 0, TaskState.BROKEN),
        (1, 1, 0, TaskState.PARTLY),
        (499, 9, 9, TaskState.PARTLY),
    ],
)
def test_a_promise_is_broken_once_its_day_is_over_and_the_book_has_reached_it(
    paid: int, today: int, known: int, state: TaskState
) -> None:
    found = promise_state(
        Promise(500, TODAY),
        paid_minor=paid,
        today=TODAY + today * DAY,
        known_until=TODAY + known * DAY,
    )
    assert found is state
