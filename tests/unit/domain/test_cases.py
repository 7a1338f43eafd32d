from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendar import BusinessCalendar
from portal.domain.cases import ANSWER_DAYS, TOPICS, CaseKind, CaseTopic, answer_by, answer_due
from tests.people import DAYS_OFF_2026, WORKING_DAYS_2026

CALENDAR = BusinessCalendar.of(
    "CN-2026",
    first_year=2026,
    covers_to=date(2026, 12, 31),
    holidays=DAYS_OFF_2026,
    workdays=WORKING_DAYS_2026,
)


@pytest.mark.parametrize(
    ("kind", "opened_on", "due"),
    [
        (CaseKind.TALK, date(2026, 11, 2), date(2026, 11, 3)),
        (CaseKind.TALK, date(2026, 11, 6), date(2026, 11, 9)),
        (CaseKind.TALK, date(2026, 9, 30), date(2026, 10, 8)),
        (CaseKind.TALK, date(2026, 10, 9), date(2026, 10, 10)),
        (CaseKind.DISPUTE, date(2026, 11, 2), date(2026, 11, 17)),
        (CaseKind.COMPLAINT, date(2026, 11, 6), date(2026, 11, 20)),
        (CaseKind.COMPLAINT, date(2026, 9, 18), date(2026, 9, 30)),
        (CaseKind.REPRESENTED, date(2026, 11, 6), date(2026, 11, 9)),
        (CaseKind.DATA, date(2026, 11, 2), date(2026, 11, 23)),
        (CaseKind.DATA, date(2026, 9, 18), date(2026, 10, 15)),
    ],
)
def test_answers_are_due_on_working_days(kind: CaseKind, opened_on: date, due: date) -> None:
    assert answer_due(kind, opened_on, CALENDAR) == due


@given(
    st.sampled_from([CaseKind.DISPUTE, CaseKind.COMPLAINT]), st.dates(date(2026, 1, 1), date(2027, 12, 31))
)
def test_no_holiday_stretches_the_promise(kind: CaseKind, opened_on: date) -> None:
    due = answer_due(kind, opened_on, CALENDAR)
    assert opened_on < due <= opened_on + timedelta(days=ANSWER_DAYS)
    assert CALENDAR.is_working(due)


def test_a_credit_report_is_looked_into_within_twenty_days() -> None:
    opened_on = date(2026, 11, 2)
    assert answer_due(CaseKind.DISPUTE, opened_on, CALENDAR, topic=CaseTopic.CREDIT_REPORT) == date(
        2026, 11, 20
    )


def test_the_promise_is_for_the_end_of_the_working_day() -> None:
    assert answer_by(CaseKind.TALK, date(2026, 11, 2), CALENDAR, UTC) == datetime(2026, 11, 3, 18, tzinfo=UTC)


def test_every_kind_has_its_topics() -> None:
    assert set(TOPICS) == set(CaseKind)


@pytest.mark.parametrize("kind", [CaseKind.DISPUTE, CaseKind.COMPLAINT])
def test_a_credit_report_has_five_days_more_than_anything_else(kind: CaseKind) -> None:
    """Monday 2 November: the 17th is a Tuesday; the 22nd is a Sunday, and the Friday before it the 20th."""
    for topic in CaseTopic:
        due = date(2026, 11, 20) if topic is CaseTopic.CREDIT_REPORT else date(2026, 11, 17)
        assert answer_due(kind, date(2026, 11, 2), CALENDAR, topic=topic) == due


@pytest.mark.parametrize("kind", [CaseKind.TALK, CaseKind.REPRESENTED, CaseKind.DATA])
def test_no_topic_changes_when_a_talk_a_helper_or_data_is_due(kind: CaseKind) -> None:
    opened_on = date(2026, 11, 2)
    found = {answer_due(kind, opened_on, CALENDAR, topic=topic) for topic in CaseTopic}
    assert found == {answer_due(kind, opened_on, CALENDAR)}


def test_the_promise_is_for_six_in_the_evening_of_the_lenders_day_and_knows_the_topic() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    opened_on = date(2026, 11, 2)
    assert answer_by(CaseKind.DISPUTE, opened_on, CALENDAR, zone, topic=CaseTopic.CREDIT_REPORT) == datetime(
        2026, 11, 20, 18, tzinfo=zone
    )
    assert answer_by(CaseKind.DISPUTE, opened_on, CALENDAR, zone) == datetime(2026, 11, 17, 18, tzinfo=zone)


def test_where_no_day_is_worked_the_promise_never_lies_before_the_day_of_the_case() -> None:
    opened_on = date(2026, 11, 2)
    closed = BusinessCalendar.of(
        "closed",
        first_year=2026,
        covers_to=date(2026, 12, 31),
        holidays=[opened_on + timedelta(days=days) for days in range(-5, 30)],
        workdays=[],
    )
    assert answer_due(CaseKind.COMPLAINT, opened_on, closed) == opened_on
