"""What the contact guard has to know of somebody, read from the tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, literal_column, select, true
from sqlalchemy.orm import Session

from portal.domain.call_outcomes import CallResult
from portal.domain.contact_packs import HOME_ZONE
from portal.domain.contact_requests import ContactFacts, Outcome, PastContact, PlanStanding, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.holds import HoldKind
from portal.domain.occasions import PURPOSES as OCCASIONS
from portal.domain.one_time_codes import CodePurpose
from portal.models import Contact, Hold, Loan
from portal.queries.assignments import has_untold
from portal.queries.numbers import find_stopped_number
from portal.queries.running_plans import find_running_plan
from portal.queries.situations import is_time_barred
from portal.queries.wishes import wishes_of

LOOKS_BACK: Final = timedelta(days=9)
"""The longest window of a rule, and what a zone may add to it."""
PURPOSES: Final[Mapping[str, Purpose]] = {
    "message_notice": Purpose.ANSWER,
    "number_notice": Purpose.ASKED_FOR,
    "collection_call": Purpose.COLLECTION,
    "support_call": Purpose.ANSWER,
    **{f"code_{purpose.value}": Purpose.ASKED_FOR for purpose in CodePurpose},
    **{occasion.value: purpose for occasion, purpose in OCCASIONS.items()},
}
"""What each kind of contact is for; what nobody has sorted yet counts as collection, the strictest."""
OUTCOMES: Final[Mapping[str, Outcome]] = {
    CallResult.ANSWERED: Outcome.ANSWERED,
    CallResult.OTHER_PERSON: Outcome.ANSWERED,
    CallResult.WRONG_NUMBER: Outcome.ANSWERED,
    CallResult.NO_ANSWER: Outcome.UNANSWERED,
    CallResult.BUSY: Outcome.UNANSWERED,
    CallResult.DIALLING: Outcome.OPEN,
    CallResult.NOT_NOTED: Outcome.OPEN,
}
"""What each result counts as: whoever answers, the call was got through (the stricter reading of rule C03)."""
CALL_PURPOSE: Final = "collection_call"
SUPPORT_PURPOSE: Final = "support_call"
NOT_MADE: Final = ("failed",)
"""The provider said no: nobody was reached."""
OF_THE_PERSON: Final = [HoldKind.DECEASED.value, HoldKind.MINOR.value, HoldKind.REPRESENTED.value]


def contact_facts(
    session: Session,
    *,
    borrower_id: int | None,
    loan_id: int | None,
    number: str,
    now: datetime,
    apart_from: str | None = None,
    stops_count: bool = True,
) -> ContactFacts:
    """Of a borrower and one loan, or of all their loans where the contact is about none. ``number`` is the keyed hash of theirs.

    Nobody is known where nobody, or more than one, has a number and only it was given. ``apart_from`` is the key of the message that is
    asked about: its own earlier tries count for nothing, and other calls of the number are not asked for. ``stops_count``: whether it
    matters that the number's holder said "not me".
    """
    is_stopped = stops_count and find_stopped_number(session, number) is not None
    refused = frozenset([number] if is_stopped else [])
    calls = () if apart_from else _calls_of_number(session, borrower_id, number, now)
    if borrower_id is None:
        return ContactFacts(own_numbers=frozenset([number]), refused_numbers=refused, calls_of_number=calls)
    return ContactFacts(
        wishes=wishes_of(session, borrower_id),
        holds=_holds(session, borrower_id, loan_id),
        plan=_plan(session, loan_id, now),
        own_numbers=frozenset([number]),
        refused_numbers=refused,
        contacts=_contacts(session, borrower_id, now, apart_from),
        calls_of_number=calls,
        is_time_barred=_is_time_barred(session, borrower_id, loan_id, now),
        awaits_notice=has_untold(session, borrower_id, loan_id),
    )


def _holds(session: Session, borrower_id: int, loan_id: int | None) -> Mapping[HoldKind, date | None]:
    """Of the loan, and what is so of the person whichever of their loans it was noted on."""
    about = Hold.loan_id == loan_id if loan_id is not None else true()
    running = session.execute(
        select(Hold.kind, Hold.ends_on)
        .join(Loan, Loan.id == Hold.loan_id)
        .where(Loan.borrower_id == borrower_id, Hold.ended_at.is_(None), about | Hold.kind.in_(OF_THE_PERSON))
    )
    return longest_of_each(running.all())


def longest_of_each(holds: Iterable[tuple[str, date | None]]) -> Mapping[HoldKind, date | None]:
    """Of several loans' holds of one kind the one that lasts longest; an open end lasts longest of all."""
    found: dict[HoldKind, date | None] = {}
    for kind, ends_on in holds:
        hold = HoldKind(kind)
        known = found.get(hold, ends_on)
        found[hold] = None if ends_on is None or known is None else max(ends_on, known)
    return found


def _is_time_barred(session: Session, borrower_id: int, loan_id: int | None, now: datetime) -> bool:
    wanted = Loan.id == loan_id if loan_id is not None else Loan.borrower_id == borrower_id
    loans = session.scalars(select(Loan).where(wanted)).all()
    return is_time_barred(session, loans, on=now.date(), zone=now.tzinfo or HOME_ZONE)


def _contacts(
    session: Session, borrower_id: int, now: datetime, apart_from: str | None
) -> Sequence[PastContact]:
    """What may have reached them lately: what the provider refused did not."""
    wanted = select(Contact).where(
        Contact.borrower_id == borrower_id, Contact.at > now - LOOKS_BACK, Contact.result.not_in(NOT_MADE)
    )
    return [
        past_contact(each)
        for each in session.scalars(wanted)
        if apart_from is None or each.message_key != apart_from
    ]


def _calls_of_number(
    session: Session, borrower_id: int | None, number: str, now: datetime
) -> Sequence[PastContact]:
    return calls_of_others(session.scalars(calls_of_numbers([number], now=now)), borrower_id)


def calls_of_numbers(numbers: Collection[str], *, now: datetime) -> Select[Contact]:
    """Calls of some numbers (keyed hashes) as they were dialled: whoever was to be reached, and whoever has the number by now."""
    return (
        select(Contact)
        .where(
            Contact.channel == literal_column("'phone'"),
            Contact.number_hash.in_(set(numbers) - {""}),
            Contact.at > now - LOOKS_BACK,
            Contact.result.not_in(NOT_MADE),
        )
        .order_by(Contact.id)
    )


def calls_of_others(calls: Iterable[Contact], borrower_id: int | None) -> Sequence[PastContact]:
    """Those that were not to this borrower: theirs are among their contacts."""
    return [
        past_contact(call) for call in calls if call.borrower_id is None or call.borrower_id != borrower_id
    ]


def _plan(session: Session, loan_id: int | None, now: datetime) -> PlanStanding | None:
    running = None if loan_id is None else find_running_plan(session, loan_id, on=now.date())
    if running is None:
        return None
    return PlanStanding(next((row.row.due_on for row in running.progress.late), None))


def past_contact(contact: Contact) -> PastContact:
    """A row as the guard counts it."""
    return PastContact(
        at=contact.at,
        channel=Channel(contact.channel),
        purpose=PURPOSES.get(contact.purpose, Purpose.COLLECTION),
        number=contact.number_hash,
        debt=contact.loan_id or 0,
        outcome=OUTCOMES.get(contact.result, Outcome.SENT),
        by_us=contact.direction == "out",
    )
