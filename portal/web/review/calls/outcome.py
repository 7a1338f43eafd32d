"""Noting what became of a call; what is missing is said on the page of the call, with all that was typed."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from portal.domain.call_notes import SensitiveNoteError
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.queries.calls import find_not_noted
from portal.services.call_outcomes import note_outcome
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.call import Page, call_page
from portal.web.review.calls.forms import OutcomeForm
from portal.web.review.calls.items import open_item
from portal.web.review.note_words import found_words


@blueprint.post("/calls/<public_id>/outcome")
@staff_page(Permission.CALL_MAKE)
def send_outcome(person: StaffPerson, public_id: str) -> Page:
    session, now = writes.database(), writes.business_now()
    item = open_item(person, public_id, is_locked=True)
    missing = find_not_noted(session, loan_id=item.loan_id, staff_id=person.id)
    if missing is None:
        return _over(public_id)
    form, key = OutcomeForm(), writes.portal().config.hash_key
    try:
        with writes.attempt():
            note_outcome(session, person.actor, call=missing, item=item, said=form.said(), key=key, now=now)
    except Conflict:
        return _over(public_id)
    except DomainError as error:
        put_on_form(form, error)
        if isinstance(error, SensitiveNoteError):
            form.note.errors = [*form.note.errors, found_words(error.found)]
        session.expire(item)
        return call_page(person, item, form=form), 422
    return redirect(url_for("review.call_noted", public_id=public_id), 303)


def _over(public_id: str) -> Response:
    flash(text_of(DomainError("call_over")), "notice")
    return redirect(url_for("review.call_noted", public_id=public_id), 303)
