"""Uncover the mobile number for a few minutes: with a reason, on the record (rule D03)."""

from datetime import timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.reasons import RevealReason
from portal.queries.review_cases import get_submitted_proposal
from portal.services.looks import reveal_mobile
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.case_page import keep_revealed

UNCOVERED_FOR = timedelta(minutes=5)


@blueprint.post("/cases/<public_id>/reveal")
@staff_page(Permission.PERSON_REVEAL)
def reveal(person: StaffPerson, public_id: str) -> Response:
    proposal = get_submitted_proposal(writes.database(), public_id)
    reveal_mobile(writes.database(), person.actor, proposal=proposal, reason=_reason(), now=writes.now())
    keep_revealed(public_id, writes.now() + UNCOVERED_FOR)
    return redirect(url_for("review.case", public_id=public_id, _anchor="person"), 303)


def _reason() -> RevealReason:
    try:
        return RevealReason(request.form.get("reason", ""))
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None
