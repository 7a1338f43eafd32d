"""Midnights, in the zone of a moment."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.domain.contact_stops import next_day, start_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_day_begins_at_midnight_in_the_zone_of_the_moment() -> None:
    at = datetime(2026, 11, 30, 23, 59, 59, tzinfo=SHANGHAI)
    assert start_of(date(2026, 11, 2), at) == datetime(2026, 11, 2, tzinfo=SHANGHAI)
    assert start_of(date(2026, 11, 2), at).tzinfo is SHANGHAI


def test_the_next_day_begins_with_the_midnight_that_follows() -> None:
    december = datetime(2026, 12, 1, tzinfo=SHANGHAI)
    assert next_day(datetime(2026, 11, 30, 23, 59, tzinfo=SHANGHAI)) == december
    assert next_day(datetime(2026, 11, 30, tzinfo=SHANGHAI)) == december
