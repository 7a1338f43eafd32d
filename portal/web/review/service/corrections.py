"""What the lender was asked to correct: what waits for its answer, and what it answered."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy import and_
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from portal.domain.case_handling import CorrectionAnswer
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import CorrectionRequest
from portal.queries.service_cases import find_request, request_lines, requests_not_close
from portal.services.corrections import answer_request
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import CORRECTION_ANSWERS, CORRECTION_KINDS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.typed import shown_again
from portal.web.unsent import Onward, typed_in, unsent_page

Page = str | tuple[str, int] | Response


class AnswerForm(FlaskForm):
    """What the lender answered; one form a line, so its fields' ids bear the request's reference."""

    answer = SelectField(
        lazy_gettext("The lender answered"),
        choices=[(answer.value, text) for answer, text in CORRECTION_ANSWERS.items()],
        validate_choice=False,
    )
    words = StringField(lazy_gettext("In its words"), filters=[shown_again])


@blueprint.get("/corrections")
@staff_page(Permission.SERVICE_SEE_ALL)
def corrections(person: StaffPerson) -> str:
    return _page(person, is_answered=request.args.get("state") == "answered")


def _page(
    person: StaffPerson, *, is_answered: bool, form: AnswerForm | None = None, of: str | None = None
) -> str:
    """``form`` is that of the request ``of`` where it was refused."""
    condition = CorrectionRequest.answer.is_not(None) if is_answered else CorrectionRequest.answer.is_(None)
    lines = request_lines(writes.database(), and_(condition, requests_not_close(person.id)))
    return render_template(
        "review/service/corrections.html",
        lines=lines,
        is_answered=is_answered,
        forms={
            line.request.reference: form
            if form is not None and line.request.reference == of
            else AnswerForm(formdata=None, prefix=f"{line.request.reference}-")
            for line in lines
        },
        kinds=CORRECTION_KINDS,
        answers=CORRECTION_ANSWERS,
        **({"form": form} if form is not None else {}),
    )


@blueprint.post("/corrections/<reference>")
@staff_page(Permission.SERVICE_DECIDE)
def answer_correction(person: StaffPerson, reference: str) -> Page:
    found = find_request(writes.database(), reference)
    if found is None:
        raise NotFound("not_found")
    form = AnswerForm(prefix=f"{reference}-")
    try:
        with writes.attempt():
            answer_request(
                writes.database(),
                person.actor,
                request=found,
                answer=_answer(form.answer.data or ""),
                words=form.words.data or "",
                now=writes.now(),
            )
        flash(gettext("Noted on the case."), "success")
    except Conflict as error:
        return _answered(error, found, form)
    except DomainError as error:
        if error.status != 422:
            raise
        put_on_form(form, error)
        return _page(person, is_answered=False, form=form, of=reference), 422
    return redirect(url_for("review.corrections"), 303)


def _answered(error: Conflict, found: CorrectionRequest, form: AnswerForm) -> Page:
    """What the lender said otherwise is given back, beside what is noted."""
    typed = typed_in(form)
    if not typed:
        flash(text_of(error), "problem")
        return redirect(url_for("review.corrections"), 303)
    stands = {
        gettext("The lender answered"): str(CORRECTION_ANSWERS[CorrectionAnswer(found.answer or "")]),
        gettext("In its words"): found.answer_words,
    }
    onward = Onward(gettext("What the lender was asked to correct"), url_for("review.corrections"))
    return unsent_page(text_of(error), typed, stands=stands, onward=onward)


def _answer(typed: str) -> CorrectionAnswer:
    try:
        return CorrectionAnswer(typed)
    except ValueError:
        raise DomainError("outcome_missing", field="answer") from None
