"""One masked field of a support call in full, for thirty seconds: with a reason, on the record (rule D03).

Without JavaScript too: the answer tells the browser to leave the page when the time is over, and the page shows nothing afterwards.
"""

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import DomainError, NotFound
from portal.domain.permissions import Permission
from portal.domain.support_calls import Level
from portal.messages import text_of
from portal.models import Borrower
from portal.queries.support_calls import find_support_call
from portal.queries.support_desk import find_reveal
from portal.services.support_calls import OnSupportCall, on_support_call
from portal.services.support_reveals import RevealField, reveal_in_support_call
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support_desk.forms import RevealForm
from portal.web.support_labels import SUPPORT_FIELDS

CALL_PAGE = "review.support_due"
"""The page of a support call, to which everything here leads back."""


@blueprint.post("/support/<public_id>/reveal")
@staff_page(Permission.SUPPORT_CALL)
def reveal_support_field(person: StaffPerson, public_id: str) -> Response:
    form, on = RevealForm(), _on(person, public_id, is_locked=True)
    try:
        with writes.attempt():
            reveal_in_support_call(
                writes.database(),
                on,
                field=form.field.data or "",
                reason=form.reason.data or "",
                now=writes.now(),
            )
    except DomainError as error:
        flash(text_of(error), "problem")
        return redirect(url_for(CALL_PAGE), 303)
    return redirect(url_for("review.support_revealed", public_id=public_id), 303)


@blueprint.get("/support/<public_id>/revealed")
@staff_page(Permission.SUPPORT_CALL)
def support_revealed(person: StaffPerson, public_id: str) -> Response:
    """What still may show, and for how long; nothing of it leads back to the call."""
    on, now = _on(person, public_id), writes.now()
    found = [
        reveal
        for field in RevealField
        if (reveal := find_reveal(writes.database(), call_id=on.call.id, field=field.value, now=now))
    ]
    back = url_for(CALL_PAGE)
    if not found:
        return redirect(back, 303)
    borrower = writes.database().get_one(Borrower, on.borrower_id)
    until = min(reveal.until for reveal in found)
    page = render_template(
        "review/support_desk/revealed.html",
        call=on.call,
        fields=[(SUPPORT_FIELDS[reveal.field], getattr(borrower, reveal.field) or "–") for reveal in found],
        until=f"{until.astimezone(writes.clock().zone):%H:%M:%S}",
        back=back,
    )
    response = make_response(page)
    seconds = max(1, round((until - now).total_seconds()))
    response.headers["Refresh"] = f"{seconds}; url={back}"
    return response


def _on(person: StaffPerson, public_id: str, *, is_locked: bool = False) -> OnSupportCall:
    if find_support_call(writes.database(), public_id) is None:
        raise NotFound("not_found")
    return on_support_call(
        writes.database(),
        person.actor,
        public_id=public_id,
        least=Level.PROVEN,
        is_locked=is_locked,
        now=writes.now(),
    )
