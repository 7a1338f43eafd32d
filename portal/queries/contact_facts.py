"""What the contact guard has to know of many loans at once: for a page of the list of calls, in a fixed number of reads."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_requests import ContactFacts, PastContact, PlanStanding
from portal.domain.contact_wishes import EVERY_WAY, Channel, ContactHours, ContactWishes
from portal.models import Contact, ContactWish, Hold, StoppedNumber
from portal.queries.contacts import LOOKS_BACK, longest_of_each, past_contact
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
    wishes, holds = _wishes(session, borrowers), _holds(session, loans)
    contacts = _contacts(session, borrowers, now)
    stopped = _stopped(session, {each.number for each in wanted})
    plans = running_plans(session, loans, on=now.date()) if loans else {}
    return {
        each.loan_id: ContactFacts(
            wishes=wishes.get(each.borrower_id, EVERY_WAY),
            holds=longest_of_each(holds[each.loan_id]),
            plan=_standing(plans.get(each.loan_id)),
            own_numbers=frozenset([each.number]),
            refused_numbers=stopped & {each.number},
            contacts=contacts[each.borrower_id],
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


def _holds(session: Session, loan_ids: Collection[int]) -> Mapping[int, list[tuple[str, date | None]]]:
    found: defaultdict[int, list[tuple[str, date | None]]] = defaultdict(list)
    rows = session.execute(
        select(Hold.loan_id, Hold.kind, Hold.ends_on).where(
            Hold.loan_id.in_(loan_ids), Hold.ended_at.is_(None)
        )
    )
    for loan_id, kind, ends_on in rows:
        found[loan_id].append((kind, ends_on))
    return found


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
        select(Contact).where(Contact.borrower_id.in_(borrower_ids), Contact.at > now - LOOKS_BACK)
    )
    for row in rows:
        if row.borrower_id is not None:
            found[row.borrower_id].append(past_contact(row))
    return found
