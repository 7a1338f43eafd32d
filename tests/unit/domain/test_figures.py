"""The supervisor's figures: what a sum is made of, and where an age ends."""

from datetime import timedelta
from itertools import pairwise

import pytest

from portal.domain.figures import (
    WAIT_ENDS,
    CounterFigures,
    HourLine,
    PromiseFigures,
    RefusalLine,
    WaitAge,
)


def test_a_promised_time_was_decided_where_it_was_kept_or_broken() -> None:
    assert PromiseFigures(kept=5, broken=3, ended_before=100, open=1000).decided == 8


def test_a_counter_offer_that_was_made_is_in_one_of_four_places() -> None:
    assert CounterFigures(accepted=1, refused=20, lapsed=300, open=4000).made == 4321


@pytest.mark.parametrize(
    "line", [RefusalLine("C01", calls=7, messages=20), HourLine(9, calls=7, messages=20)]
)
def test_calls_and_messages_are_contacts_alike(line: RefusalLine | HourLine) -> None:
    assert line.count == 27


def test_ages_rise_to_a_last_one_without_an_end() -> None:
    ends = [end for end, _ in WAIT_ENDS]
    assert all(earlier < later for earlier, later in pairwise(ends))
    assert ends[-1] == timedelta(days=7)
    assert [age for _, age in WAIT_ENDS] == list(WaitAge)[:-1]
