"""How often somebody may be reached: calls, dials, messages (rules C03 to C06). Days are those of the borrower's zone."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from portal.domain.contact_packs import ContactPack
from portal.domain.contact_requests import (
    MESSAGES,
    ContactFacts,
    ContactRequest,
    Outcome,
    PastContact,
    Purpose,
)
from portal.domain.contact_stops import Stop, next_day, start_of
from portal.domain.contact_wishes import Channel

_WEEK: Final = 7
_TALKED: Final = frozenset({Outcome.ANSWERED, Outcome.OPEN})
_NOT_REACHED: Final = frozenset({Outcome.UNANSWERED, Outcome.OPEN})


def conversations(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Stop | None:
    """C03: calls by us that one debtor answered, whatever about, in a day."""
    limit = pack.conversations_a_day
    if request.channel is not Channel.PHONE or limit is None:
        return None
    answered = _days(request, facts, pack, "C03", lambda past: past.outcome in _TALKED)
    is_full = answered.count(request.at.date()) >= limit
    return Stop("C03", "conversations_a_day", next_day(request.at)) if is_full else None


def unanswered_dials(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Stop | None:
    """C04: dials of one number that nobody answered, in a day, whichever of those who share it was called."""
    limit = pack.unanswered_a_day
    if request.channel is not Channel.PHONE or limit is None:
        return None
    dials = _dials(request, facts, pack)
    is_full = dials.count(request.at.date()) >= limit
    return Stop("C04", "unanswered_a_day", next_day(request.at)) if is_full else None


def count_today(facts: ContactFacts, pack: ContactPack, *, number: str, now: datetime) -> tuple[int, int]:
    """Today's conversations with the debtor, and unanswered dials of a number, as C03 and C04 count them. ``now`` in the debtor's zone."""
    request = ContactRequest(at=now, channel=Channel.PHONE, purpose=Purpose.COLLECTION, number=number, debt=0)
    talked = _days(request, facts, pack, "C03", lambda past: past.outcome in _TALKED)
    return talked.count(now.date()), _dials(request, facts, pack).count(now.date())


def calls_about_debt(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Stop | None:
    """C05: calls about one debt in seven days in a row, today and the six before."""
    limit = pack.calls_in_seven_days
    if request.channel is not Channel.PHONE or limit is None:
        return None
    days = _days(request, facts, pack, "C05", lambda past: past.debt == request.debt)
    return _after_week(request, days, limit, "C05", "calls_in_seven_days")


def after_conversation(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Stop | None:
    """C05: days after a conversation about the debt; its own day is the first of them."""
    pause = pack.days_after_conversation
    if request.channel is not Channel.PHONE or pause is None:
        return None
    days = _days(
        request,
        facts,
        pack,
        "C05",
        lambda past: past.debt == request.debt and past.outcome in _TALKED,
    )
    opens_at = start_of(max(days, default=date.min) + timedelta(days=pause), request.at)
    return Stop("C05", "after_conversation", opens_at) if request.at < opens_at else None


def messages(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Stop | None:
    """C06: messages about one debt in a day, and in seven days in a row."""
    if request.channel not in MESSAGES:
        return None
    days = _days(request, facts, pack, "C06", lambda past: past.debt == request.debt, ways=MESSAGES)
    by_week = _after_week(request, days, pack.messages_a_week, "C06", "messages_a_week")
    if by_week is not None or days.count(request.at.date()) < pack.messages_a_day:
        return by_week
    return Stop("C06", "messages_a_day", next_day(request.at))


def _dials(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> list[date]:
    """The days of the dials of the request's number that nobody answered."""
    everybodys = replace(facts, contacts=[*facts.contacts, *facts.calls_of_number])
    return _days(
        request,
        everybodys,
        pack,
        "C04",
        lambda past: past.outcome in _NOT_REACHED and past.number == request.number,
    )


def _days(
    request: ContactRequest,
    facts: ContactFacts,
    pack: ContactPack,
    rule: str,
    counts: Callable[[PastContact], bool],
    *,
    ways: Iterable[Channel] = (Channel.PHONE,),
) -> list[date]:
    """The days of the contacts by us that a rule counts, in order: up to now, and for the purposes that it holds for."""
    return sorted(
        past.at.astimezone(request.at.tzinfo).date()
        for past in facts.contacts
        if past.by_us
        and past.channel in ways
        and past.purpose in pack.scopes[rule]
        and past.at <= request.at
        and counts(past)
    )


def _after_week(
    request: ContactRequest, days: Sequence[date], limit: int, rule: str, because: str
) -> Stop | None:
    """Full where the window that ends today holds ``limit``; it opens when the oldest of the newest ``limit`` has left it."""
    today = request.at.date()
    in_window = [day for day in days if day > today - timedelta(days=_WEEK)]
    if len(in_window) < limit:
        return None
    return Stop(rule, because, start_of(in_window[-limit] + timedelta(days=_WEEK), request.at))
