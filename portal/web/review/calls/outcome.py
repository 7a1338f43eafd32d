"""Noting what became of a call; what is missing is said on the page of the call, with all that was typed."""

from collections.abc import Sequence

from flask import flash, redirect, url_for
from flask_babel import gettext

from portal.domain.call_notes import SensitiveNoteError
from portal.domain.call_outcomes import CallOutcome, TaskKind
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import Call, CallItem, CallTask, Loan
from portal.queries.calls import find_last_noted, find_not_noted, tasks_made_in, words_of_call
from portal.services.call_outcomes import note_outcome
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.call import Page, call_page
from portal.web.review.calls.forms import OutcomeForm
from portal.web.review.calls.items import open_item
from portal.web.review.calls.words import OUTCOMES, TASKS
from portal.web.review.note_words import found_words
from portal.web.review.noted_already import as_typed, promised_words, sum_as_typed
from portal.web.unsent import Onward, Typed, is_all_there, typed_in, unsent_page


@blueprint.post("/calls/<public_id>/outcome")
@staff_page(Permission.CALL_MAKE)
def send_outcome(person: StaffPerson, public_id: str) -> Page:
    session, now = writes.database(), writes.business_now()
    item = open_item(person, public_id, is_locked=True)
    missing = find_not_noted(session, loan_id=item.loan_id, staff_id=person.id)
    form, key = OutcomeForm(), writes.portal().config.hash_key
    if missing is None:
        return _noted_already(person, item, form)
    try:
        with writes.attempt():
            note_outcome(session, person.actor, call=missing, item=item, said=form.said(), key=key, now=now)
    except Conflict:
        return _noted_already(person, item, form)
    except DomainError as error:
        put_on_form(form, error)
        if isinstance(error, SensitiveNoteError):
            form.note.errors = [*form.note.errors, found_words(error.found)]
        session.expire(item)
        return call_page(person, item, form=form), 422
    return redirect(url_for("review.call_noted", public_id=public_id), 303)


def _noted_already(person: StaffPerson, item: CallItem, form: OutcomeForm) -> Page:
    """The same once more leads on; other words are given back, beside those that are noted."""
    session, message = writes.database(), text_of(DomainError("call_over"))
    noted = find_last_noted(session, loan_id=item.loan_id, staff_id=person.id)
    typed = typed_in(form, *form.read())
    texts: Sequence[str] = ()
    tasks: Sequence[CallTask] = ()
    if noted is not None:
        texts, tasks = words_of_call(session, noted), tasks_made_in(session, noted.id)
        is_same = noted.outcome == form.outcome.data
        compared = {label: sum_as_typed(text, _currency(item)) for label, text in typed.items()}
        if is_same and is_all_there(compared, [*texts, *as_typed(tasks)]):
            flash(message, "notice")
            return redirect(url_for("review.call_noted", public_id=item.public_id), 303)
    onward = Onward(gettext("Whom to call next"), url_for("review.calls"))
    return unsent_page(message, typed, stands=_stands(noted, texts, tasks), onward=onward)


def _stands(noted: Call | None, texts: Sequence[str], tasks: Sequence[CallTask]) -> Typed:
    if noted is None:
        return {}
    return {
        gettext("What became of the call?"): str(OUTCOMES[CallOutcome(noted.outcome or "")]),
        gettext("Note"): "\n".join(text for text in texts if text),
        **{str(TASKS[TaskKind(task.kind)]): promised_words(task) for task in tasks},
    }


def _currency(item: CallItem) -> str:
    return writes.database().get_one(Loan, item.loan_id).currency
