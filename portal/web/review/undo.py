"""Undo a decision that has reached nobody yet."""

from flask_babel import gettext

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.queries.review_cases import get_submitted_proposal
from portal.services.dispatches import undo_decision
from portal.services.record import record_about
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.conflicts import conflict_page
from portal.web.review.decisions import Page, done


@blueprint.post("/cases/<public_id>/undo")
@staff_page(Permission.PROPOSAL_DECIDE)
def undo(person: StaffPerson, public_id: str) -> Page:
    session, now = writes.database(), writes.now()
    proposal = get_submitted_proposal(session, public_id)
    try:
        with writes.attempt():
            undo_decision(session, person.actor, proposal_id=proposal.id, now=now)
    except DomainError as error:
        record_about(
            session, person.actor, proposal, "decision:refused", now=now, act="undo", code=error.code
        )
        return conflict_page(proposal, error)
    return done(proposal, gettext("Undone. The case is yours again, and nothing reached the borrower."))
