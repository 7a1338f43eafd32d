"""Quiet hours: the country's, or what the borrower wished for or agreed to (rules C01, C02)."""

from datetime import date, datetime, time

from portal.domain.contact_packs import ContactPack
from portal.domain.contact_requests import ContactFacts, ContactRequest
from portal.domain.contact_stops import Stop, next_day, start_of
from portal.domain.contact_wishes import USUAL_HOURS, Channel


def quiet_until(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Stop | None:
    """A letter has no hour. Own hours take the place of the country's where there are any (C02)."""
    if request.channel is Channel.LETTER:
        return None
    own = facts.wishes.hours
    if own != USUAL_HOURS:
        opens_at = own.opens(request.at)
        return None if opens_at == request.at else Stop("C02", "own_hours", opens_at)
    opens_at = _opens(request.at, pack)
    return None if opens_at == request.at else Stop("C01", "quiet_hours", opens_at)


def usual_hours_on(day: date, like: datetime) -> datetime:
    """When the usual hours begin on a day, in the zone of ``like``."""
    return start_of(day, like).replace(hour=USUAL_HOURS.first)


def is_quiet(at: datetime, pack: ContactPack) -> bool:
    """Whether the country's quiet hours hold at ``at`` (in the borrower's zone)."""
    return _opens(at, pack) != at


def _opens(at: datetime, pack: ContactPack) -> datetime:
    if at.time() < pack.opens:
        return _at(at, pack.opens)
    if _is_before_close(at, pack):
        return at
    return _at(next_day(at), pack.opens)


def _is_before_close(at: datetime, pack: ContactPack) -> bool:
    closes = _at(at, pack.closes)
    return at <= closes if pack.closes_after else at < closes


def _at(day: datetime, hour: time) -> datetime:
    return day.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
