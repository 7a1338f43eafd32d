"""How long something was in front of a reader: pauses do not count."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.reading import Reading

START = datetime(2026, 11, 2, 2, tzinfo=UTC)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 100)), max_size=12))
def test_only_the_time_between_pauses_counts(steps: list[tuple[bool, int]]) -> None:
    now, reading, read = START, Reading(since=START), 0
    for pauses, seconds in steps:
        reading = reading.paused(now) if pauses else reading.resumed(now)
        now += timedelta(seconds=seconds)
        read += 0 if reading.is_paused else seconds
    assert reading.seconds(now) == read
    assert reading.left(60, now) == max(0, 60 - read)


def test_pausing_and_going_on_twice_is_as_once() -> None:
    later = START + timedelta(seconds=9)
    paused = Reading(since=START).paused(later)
    assert paused.paused(later + timedelta(hours=1)) == paused
    going = paused.resumed(later)
    assert going.resumed(later + timedelta(hours=1)) == going


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    assert Reading(7, START).seconds(START - timedelta(hours=1)) == 7
