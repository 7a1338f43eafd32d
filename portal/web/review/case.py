"""The case on one page. Opening it is a look that the borrower can read about; its holder's claim is renewed by it."""

from portal.domain.permissions import Permission
from portal.queries.review_cases import get_submitted_proposal
from portal.services.claims import renew_claim
from portal.services.looks import look_at_case
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.case_page import render_case


@blueprint.get("/cases/<public_id>")
@staff_page(Permission.CASE_SEE, looks=True)
def case(person: StaffPerson, public_id: str) -> str:
    session = writes.database()
    proposal = get_submitted_proposal(session, public_id)
    look_at_case(session, person.actor, proposal=proposal, reason="case_page", now=writes.now())
    renew_claim(session, person.actor, proposal=proposal, now=writes.now())
    return render_case(person, proposal)
