"""What stands between us and a debtor: who it is, holds, a plan, a refusal for good (rules C02, C07 to C11), a loan handed on untold
(C21), a lapsed period (L02).
"""

from datetime import date, timedelta
from typing import Final

from portal.domain.contact_packs import ContactPack
from portal.domain.contact_requests import ContactFacts, ContactRequest, Purpose
from portal.domain.contact_stops import Stop, start_of
from portal.domain.holds import HoldKind

_NOT_THE_DEBTOR: Final = frozenset({HoldKind.DECEASED, HoldKind.MINOR, HoldKind.REPRESENTED})
"""Whoever answers this number is not to be written to, whatever about."""
_STOP_COLLECTION: Final = (
    HoldKind.STATUTORY_MORATORIUM,
    HoldKind.DISPUTE,
    HoldKind.COMPLAINT,
    HoldKind.HARDSHIP,
    HoldKind.ILLNESS,
)


def refused_for_good(request: ContactRequest, facts: ContactFacts, _pack: ContactPack) -> Stop | None:
    """C11: who said "not me", or "leave me out of it", is never reached again."""
    return Stop("C11", "number_refused") if request.number in facts.refused_numbers else None


def third_person(request: ContactRequest, facts: ContactFacts, _pack: ContactPack) -> Stop | None:
    """C10: nobody but the debtor."""
    return None if request.number in facts.own_numbers else Stop("C10", "not_the_debtor")


def held(request: ContactRequest, facts: ContactFacts, _pack: ContactPack) -> Stop | None:
    """C09. The hold that lasts longest is named; one without an end lasts longest."""
    if person := sorted(_NOT_THE_DEBTOR & facts.holds.keys()):
        return Stop("C09", f"hold_{person[0].value}")
    running = [kind for kind in _STOP_COLLECTION if kind in facts.holds]
    if request.purpose is not Purpose.COLLECTION or not running:
        return None
    longest = max(running, key=lambda kind: facts.holds[kind] or date.max)
    return _held_by(longest, facts.holds[longest], request)


def _held_by(kind: HoldKind, last_on: date | None, request: ContactRequest) -> Stop | None:
    until = None if last_on is None else start_of(last_on + timedelta(days=1), request.at)
    return None if until is not None and until <= request.at else Stop("C09", f"hold_{kind.value}", until)


def proposal_waits(_request: ContactRequest, facts: ContactFacts, _pack: ContactPack) -> Stop | None:
    """C08: nobody is pressed while they wait for our answer."""
    return Stop("C08", "proposal_pending") if HoldKind.PROPOSAL_PENDING in facts.holds else None


def of_a_plan(request: ContactRequest, facts: ContactFacts, pack: ContactPack) -> Stop | None:
    """C07: no collection while a plan is kept, nor until the time to make a missed payment good is over; a reminder of the payment from
    the day that the rules give.
    """
    plan = facts.plan
    if plan is None or plan.missed_on is None:
        is_kept = plan is not None or HoldKind.PLAN_ACTIVE in facts.holds
        return Stop("C07", "plan_kept") if is_kept and request.purpose is Purpose.COLLECTION else None
    days = pack.cure_days + 1 if request.purpose is Purpose.COLLECTION else pack.reminder_day
    opens_at = start_of(plan.missed_on + timedelta(days=days), request.at)
    because = "plan_curing" if request.purpose is Purpose.COLLECTION else "reminder_too_early"
    return Stop("C07", because, opens_at) if request.at < opens_at else None


def time_barred(_request: ContactRequest, facts: ContactFacts, _pack: ContactPack) -> Stop | None:
    """L02: nobody is pushed to pay a debt whose limitation period is over. What they ask is answered."""
    return Stop("L02", "time_barred") if facts.is_time_barred else None


def assigned_untold(_request: ContactRequest, facts: ContactFacts, _pack: ContactPack) -> Stop | None:
    """C21: who took a debt over claims nothing before its borrower was told."""
    return Stop("C21", "notice_of_assignment") if facts.awaits_notice else None


def not_wanted(request: ContactRequest, facts: ContactFacts, _pack: ContactPack) -> Stop | None:
    """C02: not this way."""
    return None if request.channel in facts.wishes.channels else Stop("C02", "channel_not_wanted")
