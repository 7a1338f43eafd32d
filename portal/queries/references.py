"""What a number leads to that somebody reads out on the telephone: a page's, a case's, a plan's, a report's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Borrower, Event, NumberChange, Proposal, ServiceCase, StoppedNumber

_REFUSALS = (
    "refusal:met",
    "access:refused",
    "ending:refused",
    "code:refused",
    "plan:move_refused",
    "plan:submission_refused",
)


@dataclass(frozen=True, slots=True)
class Lead:
    """``kind``: refusal, case, proposal, stopped_number or number_change; ``code`` says more within it, "" where there is no more.

    ``borrower`` is None where nobody was known yet.
    """

    kind: str
    code: str
    at: datetime
    borrower: Borrower | None


def tidy_reference(typed: str) -> str:
    """As it is kept: capitals, without what people put between; at most what a reference can be."""
    return "".join(mark for mark in typed.upper() if mark.isascii() and mark.isalnum())[:36]


def find_reference(session: Session, reference: str) -> Lead | None:
    """None where no page ever showed it, or nothing was refused there."""
    return (
        _refusal(session, reference)
        or _case(session, reference)
        or _proposal(session, reference)
        or _number(session, reference)
    )


def _refusal(session: Session, reference: str) -> Lead | None:
    event = session.scalars(
        select(Event)
        .where(Event.request_id == reference, Event.name.in_(_REFUSALS))
        .order_by(Event.id.desc())
        .limit(1)
    ).first()
    if event is None:
        return None
    code = event.fields.get("code") or event.fields.get("reason") or ""
    return Lead("refusal", str(code), event.at, _borrower(session, event.borrower_id))


def _case(session: Session, reference: str) -> Lead | None:
    case = session.scalars(select(ServiceCase).where(ServiceCase.reference == reference)).one_or_none()
    if case is None:
        return None
    return Lead("case", case.topic, case.opened_at, _borrower(session, case.borrower_id))


def _proposal(session: Session, reference: str) -> Lead | None:
    proposal = session.scalars(select(Proposal).where(Proposal.reference == reference)).one_or_none()
    if proposal is None:
        return None
    return Lead("proposal", proposal.status, proposal.made_at, _borrower(session, proposal.borrower_id))


def _number(session: Session, reference: str) -> Lead | None:
    change = session.scalars(select(NumberChange).where(NumberChange.reference == reference)).one_or_none()
    if change is not None:
        return Lead("number_change", "", change.asked_at, _borrower(session, change.borrower_id))
    stopped = session.scalars(select(StoppedNumber).where(StoppedNumber.reference == reference)).one_or_none()
    return None if stopped is None else Lead("stopped_number", "", stopped.stopped_at, None)


def _borrower(session: Session, borrower_id: int | None) -> Borrower | None:
    return None if borrower_id is None else session.get(Borrower, borrower_id)
