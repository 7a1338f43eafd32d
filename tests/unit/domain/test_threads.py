"""Who may write what, and when a text message may say so."""

from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.holds import HoldKind
from portal.domain.notices import QUIET_FROM, QUIET_UNTIL, STOPPED_BY, notice_due, stopping_hold
from portal.domain.proposals import ProposalStatus
from portal.domain.threads import KINDS_OF, Author, MessageKind, is_writable

CHINA = timezone(timedelta(hours=8))
MIDNIGHT = datetime(2026, 11, 2, tzinfo=CHINA)


def test_nobody_asks_for_time_in_a_borrower_s_name() -> None:
    assert MessageKind.REQUEST_FOR_TIME not in KINDS_OF[Author.STAFF]
    assert MessageKind.QUESTION not in KINDS_OF[Author.BORROWER]


@pytest.mark.parametrize("status", ProposalStatus)
def test_everything_but_a_draft_may_be_asked_about(status: ProposalStatus) -> None:
    assert is_writable(status) is (status not in {ProposalStatus.DRAFT, ProposalStatus.DISCARDED})


@given(st.integers(0, 3 * 24 * 3600).map(lambda seconds: MIDNIGHT + timedelta(seconds=seconds)))
def test_no_notice_goes_out_in_the_quiet_hours(now: datetime) -> None:
    due = notice_due(now)
    assert QUIET_UNTIL <= due.time() < QUIET_FROM
    assert now <= due <= now + timedelta(hours=10)
    if QUIET_UNTIL <= now.time() < QUIET_FROM:
        assert due == now


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (time(7, 59, 59), datetime(2026, 11, 2, 8, tzinfo=CHINA)),
        (time(8), datetime(2026, 11, 2, 8, tzinfo=CHINA)),
        (time(21, 59), datetime(2026, 11, 2, 21, 59, tzinfo=CHINA)),
        (time(22), datetime(2026, 11, 3, 8, tzinfo=CHINA)),
    ],
)
def test_the_quiet_hours_begin_at_22_and_end_at_8(at: time, due: datetime) -> None:
    assert notice_due(datetime.combine(date(2026, 11, 2), at, tzinfo=CHINA)) == due


@pytest.mark.parametrize("kind", HoldKind)
def test_an_answer_may_be_announced_in_every_hold_but_those_that_say_whose_number_it_is_not(
    kind: HoldKind,
) -> None:
    assert stopping_hold({kind}) == (kind if kind in STOPPED_BY else None)
