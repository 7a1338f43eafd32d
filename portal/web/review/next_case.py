"""On to the next case, from the queue or from the case that one leaves."""

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError, NotFound
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.queries.review_cases import get_submitted_proposal
from portal.queries.undoable import Undoable, undoable_by
from portal.services.next_cases import take_next_case
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint


@blueprint.post("/next")
@staff_page(Permission.CASE_CLAIM)
def next_case(person: StaffPerson) -> Response:
    try:
        proposal = take_next_case(writes.database(), person.actor, leaving_id=_leaving_id(), now=writes.now())
    except DomainError as error:
        if error.code != "staff_away":
            raise
        flash(text_of(error), "warning")
        return redirect(url_for("review.away"), 303)
    if proposal is not None:
        return redirect(url_for("review.case", public_id=proposal.public_id), 303)
    flash(gettext("Nothing waits for you right now. New cases appear in the queue by themselves."), "notice")
    return redirect(url_for("review.queue"), 303)


def still_undoable(person: StaffPerson, *, but: str = "") -> Sequence[Undoable]:
    """One's own decisions in their minute, but for the case whose page says so itself."""
    found = undoable_by(writes.database(), person.id, now=writes.now())
    return [each for each in found if each.public_id != but]


def _leaving_id() -> int | None:
    try:
        return get_submitted_proposal(writes.database(), request.form.get("leaving", "")[:32]).id
    except NotFound:
        return None
