"""Calendar files as RFC 5545 wants them."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.adapters.calendar_files import CalendarEvent, calendar_file

STAMP = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
EVENT = CalendarEvent(
    uid="a" * 32,
    day=date(2026, 12, 31),
    title="Note for today",
    reminders=(timedelta(hours=-15), timedelta(hours=9)),
)


def lines(body: bytes) -> list[str]:
    """Unfolded."""
    return body.decode().replace("\r\n ", "").split("\r\n")


def test_an_event_is_a_whole_day_with_its_reminders() -> None:
    said = lines(calendar_file([EVENT], stamp=STAMP))
    assert said[0] == "BEGIN:VCALENDAR"
    assert said[-2:] == ["END:VCALENDAR", ""]
    for line in (
        "VERSION:2.0",
        "DTSTAMP:20261102T020000Z",
        "DTSTART;VALUE=DATE:20261231",
        "DTEND;VALUE=DATE:20270101",
        "STATUS:CONFIRMED",
        "SUMMARY:Note for today",
        "TRIGGER:-PT15H",
        "TRIGGER:PT9H",
    ):
        assert line in said, line
    assert said.count("BEGIN:VALARM") == said.count("END:VALARM") == 2
    assert any(line.startswith("PRODID:") for line in said)


def test_an_event_taken_back_has_the_same_name_and_a_higher_number() -> None:
    said = lines(
        calendar_file([CalendarEvent(uid="x", day=EVENT.day, title="t", is_cancelled=True)], stamp=STAMP)
    )
    assert {"UID:x", "STATUS:CANCELLED", "SEQUENCE:1"} <= set(said)


def test_a_calendar_without_events_is_one_all_the_same() -> None:
    assert lines(calendar_file([], stamp=STAMP))[-2] == "END:VCALENDAR"


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=200)
)
def test_any_title_is_folded_within_its_octets_and_comes_back_as_it_was(title: str) -> None:
    body = calendar_file([CalendarEvent(uid="u", day=EVENT.day, title=title)], stamp=STAMP)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    summary = next(line for line in lines(body) if line.startswith("SUMMARY:"))
    told = summary.removeprefix("SUMMARY:")
    for mark in (";", ","):
        told = told.replace(f"\\{mark}", mark)
    parts = told.split("\\\\")
    assert "\\".join(part.replace("\\n", "\n") for part in parts) == title


def test_the_same_events_give_the_same_bytes() -> None:
    assert calendar_file([EVENT], stamp=STAMP) == calendar_file([EVENT], stamp=STAMP)
