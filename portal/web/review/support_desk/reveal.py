"""One masked field of a support call in full, for thirty seconds: with a reason, on the record (rule D03).

Without JavaScript too: the answer tells the browser to leave the page when the time is over, and the page shows nothing afterwards.
"""

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.permissions import Permission
from portal.domain.support_calls import Level
from portal.messages import text_of
from portal.models import Borrower
from portal.queries.support_desk import find_reveal
from portal.services.support_calls import OnSupportCall
from portal.services.support_reveals import RevealField, reveal_in_support_call
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support.within import Page, within
from portal.web.review.support_desk.forms import RevealForm
from portal.web.support_labels import SUPPORT_FIELDS


@blueprint.post("/support/<call_id>/reveal")
@staff_page(Permission.SUPPORT_CALL)
@within("reveal")
def reveal_support_field(person: StaffPerson, on: OnSupportCall) -> Response:
    del person
    form, wanted = RevealForm(), writes.database()
    try:
        with writes.attempt():
            reveal_in_support_call(
                wanted, on, field=form.field.data or "", reason=form.reason.data or "", now=writes.now()
            )
    except AccessRefused:
        raise
    except DomainError as error:
        flash(text_of(error), "problem")
        return redirect(_back(on), 303)
    return redirect(url_for("review.support_revealed", call_id=on.call.public_id), 303)


@blueprint.get("/support/<call_id>/revealed")
@staff_page(Permission.SUPPORT_CALL, looks=True)
@within("look", is_locked=False)
def support_revealed(person: StaffPerson, on: OnSupportCall) -> Page:
    """What still may show, and for how long; nothing of it leads back to the call. The look is the reveal's event."""
    del person
    session, now = writes.database(), writes.now()
    asked = [find_reveal(session, call_id=on.call.id, field=field.value, now=now) for field in RevealField]
    found = [reveal for reveal in asked if reveal is not None]
    if not found:
        return redirect(_back(on), 303)
    borrower = session.get_one(Borrower, on.call.borrower_id or on.call.sought_borrower_id)
    until = min(reveal.until for reveal in found)
    page = render_template(
        "review/support_desk/revealed.html",
        call=on.call,
        fields=[(SUPPORT_FIELDS[reveal.field], getattr(borrower, reveal.field) or "–") for reveal in found],
        until=f"{until.astimezone(writes.clock().zone):%H:%M:%S}",
        back=_back(on),
    )
    response = make_response(page)
    response.headers["Refresh"] = f"{max(1, round((until - now).total_seconds()))}; url={_back(on)}"
    return response


def _back(on: OnSupportCall) -> str:
    page = "situation" if Level(on.call.level).reaches(Level.PROVEN) else "call"
    return url_for(f"review.support_{page}", call_id=on.call.public_id)
