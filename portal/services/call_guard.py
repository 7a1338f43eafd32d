"""The contact guard asked about a call to a borrower on the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.contact_guard import Verdict, ask_guard
from portal.domain.contact_overrides import without
from portal.domain.contact_packs import DEFAULT_PACK, ContactPack, pack_on
from portal.domain.contact_requests import ContactFacts, ContactRequest, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.one_time_codes import keyed_hash
from portal.models import Borrower, CallItem
from portal.queries.call_list import CallRow
from portal.queries.contact_facts import Reached, contact_facts_of
from portal.queries.contacts import contact_facts


@dataclass(frozen=True, slots=True)
class Asked:
    """What the guard was told, and what it said; ``number`` is the keyed hash of the borrower's."""

    number: str
    facts: ContactFacts
    verdict: Verdict
    pack: ContactPack


def ask_about_call(
    session: Session, item: CallItem, *, key: str, at: datetime, now: datetime, set_aside: str | None = None
) -> Asked:
    """May this borrower be called at ``at`` (in the borrower's zone), as things stand at ``now``?"""
    borrower = session.get_one(Borrower, item.borrower_id)
    number = keyed_hash(borrower.mobile, key, purpose="number")
    facts = contact_facts(session, borrower_id=borrower.id, loan_id=item.loan_id, number=number, now=now)
    pack = pack_on(DEFAULT_PACK, at.date())
    told = facts if set_aside is None else without(facts, set_aside)
    verdict = ask_guard(_request(at, number, item.loan_id), told, pack)
    return Asked(number, facts, verdict, pack)


def ask_about_rows(session: Session, rows: list[CallRow], *, key: str, now: datetime) -> Mapping[int, Asked]:
    """The same about each row of a page, by loan, in a fixed number of reads."""
    reached = [
        Reached(row.loan_id, row.borrower_id, keyed_hash(row.mobile, key, purpose="number")) for row in rows
    ]
    facts, pack = contact_facts_of(session, reached, now=now), pack_on(DEFAULT_PACK, now.date())
    return {
        each.loan_id: Asked(
            each.number,
            facts[each.loan_id],
            ask_guard(_request(now, each.number, each.loan_id), facts[each.loan_id], pack),
            pack,
        )
        for each in reached
    }


def at_call_back(asked: Asked, item: CallItem, at: datetime) -> Verdict:
    """What the guard would say at a later time, if nothing else happened meanwhile."""
    return ask_guard(_request(at, asked.number, item.loan_id), asked.facts, asked.pack)


def _request(at: datetime, number: str, loan_id: int) -> ContactRequest:
    return ContactRequest(
        at=at, channel=Channel.PHONE, purpose=Purpose.COLLECTION, number=number, debt=loan_id
    )
