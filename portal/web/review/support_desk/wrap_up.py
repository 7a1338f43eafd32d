"""Wrapping a support call up; what is missing is said on the page, with all that was typed."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.call_notes import SensitiveNoteError
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.permissions import Permission
from portal.domain.support_calls import Level
from portal.domain.support_wrap_ups import SupportOutcome
from portal.messages import text_of
from portal.models import Borrower, ServiceCase, SupportCall
from portal.queries.loans import loans_of
from portal.queries.support_calls import get_own_support_call
from portal.queries.support_desk import find_kept_in_call, find_wrap_up
from portal.services.support_calls import not_your_call
from portal.services.support_wrap_ups import wrap_up_call
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.words import TASKS
from portal.web.review.note_words import found_words
from portal.web.review.noted_already import as_typed, promised_words, sum_as_typed
from portal.web.review.service.caller import arrived_words
from portal.web.review.support.within import refused
from portal.web.review.support_desk.forms import WrapUpForm
from portal.web.review.support_desk.words import OUTCOMES
from portal.web.unsent import Onward, is_all_there, typed_in, unsent_page

Page = str | Response | tuple[str, int]


@blueprint.get("/support/<call_id>/wrap-up")
@staff_page(Permission.SUPPORT_CALL)
def support_wrap_up(person: StaffPerson, call_id: str) -> Page:
    """Once it is noted, the page leads on."""
    try:
        call = get_own_support_call(writes.database(), person.id, call_id)
    except NotFound:
        return _colleagues(person, call_id)
    if find_wrap_up(writes.database(), call.id) is not None:
        return _on()
    return _page(call, WrapUpForm(formdata=None))


@blueprint.post("/support/<call_id>/wrap-up")
@staff_page(Permission.SUPPORT_CALL)
def send_support_wrap_up(person: StaffPerson, call_id: str) -> Page:
    session, form = writes.database(), WrapUpForm()
    try:
        call = get_own_support_call(session, person.id, call_id)
    except NotFound:
        return _colleagues(person, call_id)
    try:
        with writes.attempt():
            wrap_up_call(
                session,
                person.actor,
                call=call,
                said=form.said(),
                arrived=_arrived,
                now=writes.business_now(),
            )
    except Conflict as error:
        return _noted_already(call, form, error)
    except DomainError as error:
        session.expire(call)
        put_on_form(form, error)
        if isinstance(error, SensitiveNoteError):
            field = form[error.field or "note"]
            field.errors = [*field.errors, found_words(error.found)]
        return _page(call, form, warned=isinstance(error, SensitiveNoteError)), 422
    flash(gettext("The call is wrapped up."), "success")
    return _on()


def _colleagues(person: StaffPerson, call_id: str) -> Page:
    """Their borrower reads that somebody tried."""
    return refused(person, call_id, "wrap_up", not_your_call())


def _arrived(case: ServiceCase) -> str:
    return arrived_words(writes.database().get_one(Borrower, case.borrower_id), case)


def _noted_already(call: SupportCall, form: WrapUpForm, error: Conflict) -> Page:
    """The same once more leads on; other words are given back, beside those that are noted."""
    kept = find_kept_in_call(writes.database(), call.id)
    assert kept is not None
    texts = {
        form.note: kept.wrap_up.note,
        form.recording: kept.wrap_up.recording_reference,
        form.text: kept.case.body if kept.case else "",
        form.explanation: kept.escalation.explanation if kept.escalation else "",
    }
    typed = typed_in(form, *form.read())
    currency = kept.tasks[0].currency if kept.tasks else ""
    compared = {label: sum_as_typed(text, currency) for label, text in typed.items()}
    is_same = kept.wrap_up.outcome == form.outcome.data
    if is_same and is_all_there(compared, [*texts.values(), *as_typed(kept.tasks)]):
        return _on()
    outcome = str(OUTCOMES[SupportOutcome(kept.wrap_up.outcome)])
    stands = {str(form.outcome.label.text): outcome}
    stands |= {str(field.label.text): text or "" for field, text in texts.items()}
    stands |= {str(TASKS[task.kind]): promised_words(task) for task in kept.tasks}
    onward = Onward(gettext("Promised in support calls"), url_for("review.support_due"))
    return unsent_page(text_of(error), typed, stands=stands, onward=onward)


def _page(call: SupportCall, form: WrapUpForm, *, warned: bool = False) -> str:
    is_proven = Level(call.level).reaches(Level.PROVEN) and call.borrower_id is not None
    loans = loans_of(writes.database(), call.borrower_id) if is_proven and call.borrower_id else ()
    return render_template(
        "review/support_desk/wrap_up.html",
        call=call,
        is_on=call.is_on(writes.now()),
        is_proven=is_proven,
        wrap_up=form.with_loans(loans),
        warned=warned,
        today=writes.today(),
        **({"form": form} if form.errors or form.form_errors else {}),
    )


def _on() -> Response:
    return redirect(url_for("review.support_due"), 303)
