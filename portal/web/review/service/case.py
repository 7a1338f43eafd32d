"""A case on one page. Opening it is a look that the borrower can read about."""

from portal.domain.permissions import Permission
from portal.queries.service_cases import get_service_case
from portal.services.case_handling import look_at_service_case
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.service.page import render_case


@blueprint.get("/service/<public_id>")
@staff_page(Permission.SERVICE_SEE, looks=True)
def service_case(person: StaffPerson, public_id: str) -> str:
    case = get_service_case(writes.database(), person.actor, public_id)
    look_at_service_case(writes.database(), person.actor, case=case, now=writes.now())
    return render_case(person, case)
