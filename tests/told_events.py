"""Whom each event is about: a borrower reads of it, a loan's clock runs by it, a proof counts it only where it says so."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Event, Loan, Proposal

_BORROWER: Final = ("borrower_id",)
_LOAN: Final = (*_BORROWER, "loan_id")
_PLAN: Final = (*_LOAN, "proposal_id")
ABOUT: Final = {
    **dict.fromkeys(("plan:", "agreement:", "decision:", "case:"), _PLAN),
    **dict.fromkeys(("case:opened", "case:taken_down"), _BORROWER),
    **dict.fromkeys(("case:searched", "service:searched"), ()),
    **dict.fromkeys(("hold:", "call:", "limitation:", "loan:"), _LOAN),
    **dict.fromkeys(("hold:looked_at", "hold:act_refused"), _BORROWER),
    **dict.fromkeys(
        (
            *("consent:", "wishes:", "representative:", "budget:", "email:", "data:", "legal_hold:"),
            *("service:", "correction:", "message:", "thread:", "attachment:"),
        ),
        _BORROWER,
    ),
}
"""By the name of an event or its first word."""


def refuse_untold(session: Session) -> None:
    """Each event names what it is about, and a loan or a plan only beside whose it is."""
    untold = sorted(set(_untold(session)))
    assert not untold, untold


def _untold(session: Session) -> Iterator[tuple[str, str]]:
    told = (
        select(
            *(Event.name, Event.borrower_id, Event.loan_id, Event.proposal_id),
            *(Loan.borrower_id.label("of_loan"), Proposal.loan_id.label("of_proposal")),
        )
        .outerjoin(Loan, Loan.id == Event.loan_id)
        .outerjoin(Proposal, Proposal.id == Event.proposal_id)
    )
    for event in session.execute(told):
        wanted = ABOUT.get(event.name, ABOUT.get(f"{event.name.partition(':')[0]}:", ()))
        yield from ((event.name, name) for name in wanted if getattr(event, name) is None)
        is_theirs = event.of_loan in {None, event.borrower_id} and event.of_proposal in {None, event.loan_id}
        if wanted and not is_theirs:
            yield event.name, "somebody else's"


Told = tuple[int | None, dict[str, object]]


def told(session: Session, name: str) -> list[Told]:
    """Whom each event of the name is about and what it says, in their order."""
    events = session.scalars(select(Event).where(Event.name == name).order_by(Event.id))
    return [(event.borrower_id, dict(event.fields)) for event in events]
