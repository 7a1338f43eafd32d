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
    ("first", "last", "channels", "code", "field"),
    [
        (None, 20, ["sms"], "hours_missing", "first"),
        (8, None, ["sms"], "hours_missing", "first"),
        (-1, 20, ["sms"], "hours_missing", "first"),
        (24, 24, ["sms"], "hours_missing", "first"),
        (0, 0, ["sms"], "hours_missing", "first"),
        (8, 25, ["sms"], "hours_missing", "first"),
        (20, 20, ["sms"], "hours_reversed", "last"),
        (21, 20, ["sms"], "hours_reversed", "last"),
        (8, 20, [], "channel_missing", "channels"),
        (8, 20, ["telepathy"], "channel_missing", "channels"),
        (7, 20, ["sms"], "hours_consent_needed", "consents"),
        (8, 23, ["sms"], "hours_consent_needed", "consents"),
    ],
)
def test_what_cannot_be_is_refused(
    first: int | None, last: int | None, channels: list[str], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        check_wishes(first, last, channels, consents=False)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert refused.value.rule == ("C02" if code == "hours_consent_needed" else None)


def test_hours_within_the_usual_need_no_consent_and_others_do() -> None:
    wishes = check_wishes(18, 20, ["sms", "letter"], consents=False)
    assert (wishes.hours, wishes.channels) == (
        ContactHours(18, 20),
        frozenset({Channel.SMS, Channel.LETTER}),
    )
    assert check_wishes(6, 24, ["phone"], consents=True).hours.needs_consent
    assert not USUAL_HOURS.needs_consent


@pytest.mark.parametrize("hours", [(0, 1), (23, 24), (0, 24), (8, 22)])
def test_hours_reach_from_midnight_to_midnight(hours: tuple[int, int]) -> None:
    assert check_wishes(*hours, ["sms"], consents=True).hours == ContactHours(*hours)


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        ((6, 24), (8, 22)),
        ((6, 9), (8, 9)),
        ((21, 24), (21, 22)),
        ((6, 8), (8, 22)),
        ((22, 24), (8, 22)),
        ((9, 10), (9, 10)),
    ],
)
def test_of_hours_without_consent_the_usual_ones_are_left(
    hours: tuple[int, int], left: tuple[int, int]
) -> None:
    assert ContactHours(*hours).within_usual == ContactHours(*left)
    assert ContactHours(*hours).needs_consent is (hours != left)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ((2, 7, 59, 59), (2, 8, 0, 0)),
        ((2, 8, 0, 0), (2, 8, 0, 0)),
        ((2, 21, 59, 59), (2, 21, 59, 59)),
        ((2, 22, 0, 0), (3, 8, 0, 0)),
    ],
)
def test_outside_of_them_the_next_full_hour_that_lies_within_is_waited_for(
    now: tuple[int, int, int, int], opens: tuple[int, int, int, int]
) -> None:
    at = datetime(2026, 11, *now, 500, tzinfo=CHINA)
    micro = 500 if now == opens else 0
    assert USUAL_HOURS.opens(at) == datetime(2026, 11, *opens, micro, tzinfo=CHINA)
