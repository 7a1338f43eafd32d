"""What the contact guard has to know of somebody, read from the tables."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.contact_requests import ContactFacts, Outcome, PastContact, PlanStanding, Purpose
from portal.domain.contact_wishes import Channel
from portal.domain.holds import HoldKind
from portal.domain.one_time_codes import CodePurpose
from portal.models import Contact, Hold, Loan
from portal.queries.numbers import find_stopped_number
from portal.queries.running_plans import find_running_plan
from portal.queries.situations import is_time_barred
from portal.queries.wishes import wishes_of

LOOKS_BACK: Final = timedelta(days=9)
"""The longest window of a rule, and what a zone may add to it."""
PURPOSES: Final[Mapping[str, Purpose]] = {
    "message_notice": Purpose.ANSWER,
    "number_notice": Purpose.NOTICE,
    **{f"code_{purpose.value}": Purpose.ASKED_FOR for purpose in CodePurpose},
}
"""What each kind of contact is for; what nobody has sorted yet counts as collection, the strictest."""
OUTCOMES: Final[Mapping[str, Outcome]] = {
    "answered": Outcome.ANSWERED,
    "unanswered": Outcome.UNANSWERED,
}


def contact_facts(
    session: Session, *, borrower_id: int, loan_id: int | None, number: str, now: datetime
) -> ContactFacts:
    """Of a borrower and one loan, or of all their loans where the contact is about none. ``number`` is the keyed hash of theirs."""
    wanted = Loan.id == loan_id if loan_id is not None else Loan.borrower_id == borrower_id
    holds = session.execute(
        select(Hold.kind, Hold.ends_on)
        .join(Loan, Loan.id == Hold.loan_id)
        .where(wanted, Hold.ended_at.is_(None))
    ).all()
    stopped = find_stopped_number(session, number)
    return ContactFacts(
        wishes=wishes_of(session, borrower_id),
        holds=_longest(holds),
        plan=_plan(session, loan_id, now),
        own_numbers=frozenset([number]),
        refused_numbers=frozenset([number] if stopped is not None else []),
        contacts=[
            _past(each)
            for each in session.scalars(
                select(Contact).where(Contact.borrower_id == borrower_id, Contact.at > now - LOOKS_BACK)
            )
        ],
        is_time_barred=is_time_barred(
            session, session.scalars(select(Loan).where(wanted)).all(), on=now.date()
        ),
    )


def _longest(holds: Iterable[tuple[str, date | None]]) -> Mapping[HoldKind, date | None]:
    """Of several loans' holds of one kind the one that lasts longest; an open end lasts longest of all."""
    found: dict[HoldKind, date | None] = {}
    for kind, ends_on in holds:
        hold = HoldKind(kind)
        known = found.get(hold, ends_on)
        found[hold] = None if ends_on is None or known is None else max(ends_on, known)
    return found


def _plan(session: Session, loan_id: int | None, now: datetime) -> PlanStanding | None:
    running = None if loan_id is None else find_running_plan(session, loan_id, on=now.date())
    if running is None:
        return None
    return PlanStanding(next((row.row.due_on for row in running.progress.late), None))


def _past(contact: Contact) -> PastContact:
    return PastContact(
        at=contact.at,
        channel=Channel(contact.channel),
        purpose=PURPOSES.get(contact.purpose, Purpose.COLLECTION),
        number=contact.number_hash,
        debt=contact.loan_id or 0,
        outcome=OUTCOMES.get(contact.result, Outcome.SENT),
        by_us=contact.direction == "out",
    )
