"""The document of a case, read at the desk: a look that the borrower can read about."""

from werkzeug.wrappers import Response

from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.queries.case_surroundings import find_document
from portal.queries.proposals import document_body
from portal.queries.review_cases import get_submitted_proposal
from portal.services.looks import look_at_document
from portal.web import writes
from portal.web.access import staff_page
from portal.web.downloads import pdf_response
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint


@blueprint.get("/cases/<public_id>/document.pdf")
@staff_page(Permission.CASE_SEE, looks=True)
def document(person: StaffPerson, public_id: str) -> Response:
    """The sealed agreement, or the text that was signed."""
    session = writes.database()
    proposal = get_submitted_proposal(session, public_id)
    found = find_document(session, proposal)
    if found is None:
        raise NotFound("not_found")
    body = document_body(session, found.document_id)
    look_at_document(session, person.actor, proposal=proposal, document=found, now=writes.now())
    return pdf_response(body, f"{proposal.reference}.pdf")
