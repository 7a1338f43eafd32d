"""A rule set aside for one call: asked for on the page of the call, agreed to by somebody else on a page of their own."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.queries.call_overrides import get_override, waiting_overrides
from portal.services.call_overrides import answer_override, ask_for_override
from portal.services.staff_relations import refuse_close
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.call import Page, call_page
from portal.web.review.calls.forms import OverrideForm
from portal.web.review.calls.items import open_item
from portal.web.review.calls.words import OVERRIDE_REASONS, REFUSALS
from portal.web.unsent import Onward, is_all_there, typed_in, unsent_page


@blueprint.post("/calls/<public_id>/exception")
@staff_page(Permission.CALL_OVERRIDE_ASK)
def ask_exception(person: StaffPerson, public_id: str) -> Page:
    session, now, form = writes.database(), writes.business_now(), OverrideForm()
    item, key = open_item(person, public_id, is_locked=True), writes.portal().config.hash_key
    try:
        with writes.attempt():
            asked = ask_for_override(
                session,
                person.actor,
                item=item,
                reason=form.chosen(),
                explanation=form.explanation.data or "",
                key=key,
                now=now,
            )
    except Conflict as error:
        onward = Onward(gettext("Back to the call"), url_for("review.call", public_id=public_id))
        return unsent_page(text_of(error), typed_in(form), onward=onward)
    except DomainError as error:
        put_on_form(form, error)
        return call_page(person, item, override=form), 422
    typed = typed_in(form)
    if not is_all_there(typed, [asked.explanation]):
        stands = {str(form.explanation.label.text): asked.explanation}
        onward = Onward(gettext("Back to the call"), url_for("review.call", public_id=public_id))
        return unsent_page(gettext("This was asked for already."), typed, stands=stands, onward=onward)
    flash(gettext("Asked. A supervisor has half an hour to agree; load this page again then."), "success")
    return redirect(url_for("review.call", public_id=public_id), 303)


@blueprint.get("/exceptions")
@staff_page(Permission.CALL_OVERRIDE_SEE)
def exceptions(person: StaffPerson) -> str:
    """What waits for this person as the second."""
    return render_template(
        "review/calls/exceptions.html",
        waiting=waiting_overrides(writes.database(), staff_id=person.id, now=writes.now()),
        own_id=person.id,
        rules=REFUSALS,
        reasons=OVERRIDE_REASONS,
    )


@blueprint.post("/exceptions/<public_id>/agree")
@staff_page(Permission.CALL_OVERRIDE)
def agree_exception(person: StaffPerson, public_id: str) -> Response:
    return _answer(person, public_id, is_agreed=True)


@blueprint.post("/exceptions/<public_id>/refuse")
@staff_page(Permission.CALL_OVERRIDE)
def refuse_exception(person: StaffPerson, public_id: str) -> Response:
    return _answer(person, public_id, is_agreed=False)


def _answer(person: StaffPerson, public_id: str, *, is_agreed: bool) -> Response:
    session = writes.database()
    override = get_override(session, public_id)
    refuse_close(session, person.actor, borrower_id=override.borrower_id)
    try:
        with writes.attempt():
            answer_override(session, person.actor, override=override, is_agreed=is_agreed, now=writes.now())
    except DomainError as error:
        flash(text_of(error), "warning")
        return redirect(url_for("review.exceptions"), 303)
    said = gettext("Agreed, for one call within half an hour.") if is_agreed else gettext("Not agreed to.")
    flash(said, "success")
    return redirect(url_for("review.exceptions"), 303)
