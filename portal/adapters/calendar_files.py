"""Calendar files (RFC 5545): whole-day events with reminders. The same events give the same bytes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

_LONGEST_LINE: Final = 75
"""Octets, the line break not counted; what goes on begins with a blank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """``reminders`` are counted from the day's midnight. A cancelled event takes back one of the same ``uid``."""

    uid: str
    day: date
    title: str
    reminders: Sequence[timedelta] = ()
    is_cancelled: bool = False
    is_given_anew: bool = False
    """It was taken back once and holds again: a calendar believes the higher number."""

    @property
    def sequence(self) -> int:
        return 2 * self.is_given_anew + self.is_cancelled


def calendar_file(events: Iterable[CalendarEvent], *, stamp: datetime) -> bytes:
    """``stamp`` is when they were made."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//dates//1.0//EN", "CALSCALE:GREGORIAN"]
    for event in events:
        lines += _event_lines(event, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event_lines(event: CalendarEvent, stamp: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "CLASS:PRIVATE"
    yield f"SUMMARY:{_escaped(event.title)}"
    for reminder in event.reminders:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_escaped(event.title)}"
        yield f"TRIGGER:{_duration(reminder)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _duration(span: timedelta) -> str:
    hours = abs(int(span.total_seconds())) // 3600
    return f"{'-' if span < timedelta() else ''}PT{hours}H"


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """In pieces of at most 75 octets, never through the middle of a character."""
    pieces: list[bytes] = [b""]
    for character in line:
        octets = character.encode()
        room = _LONGEST_LINE if len(pieces) == 1 else _LONGEST_LINE - 1
        if len(pieces[-1]) + len(octets) > room:
            pieces.append(b"")
        pieces[-1] += octets
    return b"\r\n ".join(pieces) + b"\r\n"
