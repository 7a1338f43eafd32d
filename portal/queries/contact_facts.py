"""What the contact guard has to know of many loans at once: for a page of the list of calls, in a fixed number of reads."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_requests import ContactFacts, PastContact, PlanStanding
from portal.domain.contact_wishes import EVERY_WAY, Channel, ContactHours, ContactWishes
from portal.models import Contact, ContactWish, Hold, Loan, LoanStanding, StoppedNumber
from portal.queries.assignments import untold_of
from portal.queries.contacts import (
    LOOKS_BACK,
    NOT_MADE,
    OF_THE_PERSON,
    calls_of_numbers,
    calls_of_others,
    longest_of_each,
    past_contact,
)
from portal.queries.running_plans import RunningPlan, running_plans


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who would be reached about a loan, at a number (its keyed hash)."""

    loan_id: int
    borrower_id: int
    number: str


def contact_facts_of(
    session: Session, wanted: Sequence[Reached], *, now: datetime
) -> Mapping[int, ContactFacts]:
    """By loan; the same as ``contact_facts`` says of each. ``now`` in the borrowers' zone."""
    borrowers = {each.borrower_id for each in wanted}
    loans = {each.loan_id for each in wanted}
    wishes, holds = _wishes(session, borrowers), _holds(session, wanted)
    barred, untold = _time_barred(session, loans, now.date()), untold_of(session, loans)
    numbers = {each.number for each in wanted}
    contacts, calls = _contacts(session, borrowers, now), _calls(session, numbers, now)
    stopped = _stopped(session, numbers)
    plans = running_plans(session, loans, on=now.date()) if loans else {}
    return {
        each.loan_id: ContactFacts(
            wishes=wishes.get(each.borrower_id, EVERY_WAY),
            holds=longest_of_each(holds[each.loan_id]),
            plan=_standing(plans.get(each.loan_id)),
            own_numbers=frozenset([each.number]),
            refused_numbers=stopped & {each.number},
            contacts=contacts[each.borrower_id],
            calls_of_number=calls_of_others(calls[each.number], each.borrower_id),
            is_time_barred=each.loan_id in barred,
            awaits_notice=each.loan_id in untold,
        )
        for each in wanted
    }


def _standing(running: RunningPlan | None) -> PlanStanding | None:
    if running is None:
        return None
    return PlanStanding(next((row.row.due_on for row in running.progress.late), None))


def _wishes(session: Session, borrower_ids: Collection[int]) -> Mapping[int, ContactWishes]:
    rows = session.scalars(
        select(ContactWish).where(ContactWish.borrower_id.in_(borrower_ids), ContactWish.ended_at.is_(None))
    )
    return {
        row.borrower_id: ContactWishes(
            ContactHours(row.first_hour, row.last_hour), frozenset(map(Channel, row.channels))
        )
        for row in rows
    }


def _holds(session: Session, wanted: Sequence[Reached]) -> Mapping[int, list[tuple[str, date | None]]]:
    """By loan; what is so of the person counts for each of theirs."""
    of_borrower: defaultdict[int, list[int]] = defaultdict(list)
    for each in wanted:
        of_borrower[each.borrower_id].append(each.loan_id)
    rows = session.execute(
        select(Hold.loan_id, Loan.borrower_id, Hold.kind, Hold.ends_on)
        .join(Loan, Loan.id == Hold.loan_id)
        .where(Loan.borrower_id.in_(of_borrower), Hold.ended_at.is_(None))
    )
    found: defaultdict[int, list[tuple[str, date | None]]] = defaultdict(list)
    for loan_id, borrower_id, kind, ends_on in rows:
        for listed in of_borrower[borrower_id] if kind in OF_THE_PERSON else [loan_id]:
            found[listed].append((kind, ends_on))
    return found


def _time_barred(session: Session, loan_ids: Collection[int], on: date) -> frozenset[int]:
    """As the day's run found it; whoever opens a call has it looked up anew."""
    return frozenset(
        session.scalars(
            select(LoanStanding.loan_id).where(
                LoanStanding.loan_id.in_(loan_ids), LoanStanding.limitation_ends_on < on
            )
        )
    )


def _stopped(session: Session, numbers: Collection[str]) -> frozenset[str]:
    return frozenset(
        session.scalars(
            select(StoppedNumber.number_hash).where(
                StoppedNumber.number_hash.in_(numbers), StoppedNumber.lifted_at.is_(None)
            )
        )
    )


def _contacts(
    session: Session, borrower_ids: Collection[int], now: datetime
) -> Mapping[int, list[PastContact]]:
    found: defaultdict[int, list[PastContact]] = defaultdict(list)
    rows = session.scalars(
        select(Contact).where(
            Contact.borrower_id.in_(borrower_ids),
            Contact.at > now - LOOKS_BACK,
            Contact.result.not_in(NOT_MADE),
        )
    )
    for row in rows:
        if row.borrower_id is not None:
            found[row.borrower_id].append(past_contact(row))
    return found


def _calls(session: Session, numbers: Collection[str], now: datetime) -> Mapping[str, list[Contact]]:
    """By number."""
    found: defaultdict[str, list[Contact]] = defaultdict(list)
    for call in session.scalars(calls_of_numbers(numbers, now=now)):
        found[call.number_hash].append(call)
    return found
