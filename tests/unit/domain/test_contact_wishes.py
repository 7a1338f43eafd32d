from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.contact_wishes import USUAL_HOURS, Channel, ContactHours, check_wishes
from portal.domain.errors import DomainError

CHINA = ZoneInfo("Asia/Shanghai")
HOURS = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda pair: pair[0] < pair[1])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(CHINA))  # noqa: DTZ001 - the strategy adds it


@given(HOURS, MOMENTS)
def test_nothing_goes_out_at_an_hour_that_is_not_wanted_and_nothing_waits_a_day(
    pair: tuple[int, int], now: datetime
) -> None:
    due = ContactHours(*pair).opens(now)
    assert pair[0] <= due.hour < pair[1]
    assert now <= due < now + timedelta(days=1)
    assert due == now or (due.hour, due.minute) == (pair[0], 0)


@given(HOURS)
def test_withdrawing_other_hours_leaves_none_of_them(pair: tuple[int, int]) -> None:
    hours = ContactHours(*pair)
    assert not hours.within_usual.needs_consent
    assert hours.needs_consent or hours.within_usual == hours


@pytest.mark.parametrize(
    ("first", "last", "channels", "code"),
    [
        (None, 20, ["sms"], "hours_missing"),
        (8, 25, ["sms"], "hours_missing"),
        (20, 20, ["sms"], "hours_reversed"),
        (8, 20, [], "channel_missing"),
        (8, 20, ["telepathy"], "channel_missing"),
        (7, 20, ["sms"], "hours_consent_needed"),
        (8, 23, ["sms"], "hours_consent_needed"),
    ],
)
def test_what_cannot_be_is_refused(first: int | None, last: int, channels: list[str], code: str) -> None:
    with pytest.raises(DomainError, match=code):
        check_wishes(first, last, channels, consents=False)


def test_hours_within_the_usual_need_no_consent_and_others_do() -> None:
    wishes = check_wishes(18, 20, ["sms", "letter"], consents=False)
    assert (wishes.hours, wishes.channels) == (
        ContactHours(18, 20),
        frozenset({Channel.SMS, Channel.LETTER}),
    )
    assert check_wishes(6, 24, ["phone"], consents=True).hours.needs_consent
    assert not USUAL_HOURS.needs_consent
