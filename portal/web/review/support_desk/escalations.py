"""What agents handed to the supervisors, by deadline."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import SupportEscalation
from portal.queries.support_desk import escalations, get_escalation
from portal.services.support_supervision import answer_escalation
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support_desk.forms import AnswerForm
from portal.web.support_labels import ESCALATIONS
from portal.web.unsent import Onward, is_all_there, typed_in, unsent_page

Page = str | Response | tuple[str, int]


@blueprint.get("/support/escalations")
@staff_page(Permission.SUPPORT_WATCH)
def support_escalations(person: StaffPerson) -> str:
    return _page(person)


@blueprint.post("/support/escalations/<public_id>")
@staff_page(Permission.SUPPORT_SUPERVISE)
def answer_support_escalation(person: StaffPerson, public_id: str) -> Page:
    """Once, by somebody else than who handed it on."""
    escalation = get_escalation(writes.database(), public_id)
    form = AnswerForm(prefix=public_id)
    try:
        with writes.attempt():
            answer_escalation(
                writes.database(),
                person.actor,
                escalation=escalation,
                answer=form.answer.data or "",
                now=writes.now(),
            )
    except AccessRefused:
        raise
    except Conflict as error:
        return _answered(error, escalation, form)
    except DomainError as error:
        put_on_form(form, error)
        return _page(person, form, escalation), 422
    flash(gettext("Answered. The agent and the borrower can read that it was."), "success")
    return redirect(url_for("review.support_escalations"), 303)


def _answered(error: Conflict, escalation: SupportEscalation, form: AnswerForm) -> Page:
    """The same words once more lead on; others are given back, beside those that stand."""
    typed = typed_in(form)
    if is_all_there(typed, [escalation.answer]):
        flash(text_of(error), "notice")
        return redirect(url_for("review.support_escalations"), 303)
    onward = Onward(gettext("Handed to supervisors"), url_for("review.support_escalations"))
    stands = {gettext("What is done about it?"): escalation.answer}
    return unsent_page(text_of(error), typed, stands=stands, onward=onward)


def _page(person: StaffPerson, form: AnswerForm | None = None, of: SupportEscalation | None = None) -> str:
    waiting = escalations(writes.database(), staff_id=person.id, is_open=True)
    forms = {
        shown.escalation.public_id: form
        if form is not None and of is not None and of.id == shown.escalation.id
        else AnswerForm(formdata=None, prefix=shown.escalation.public_id)
        for shown in waiting
    }
    return render_template(
        "review/support_desk/escalations.html",
        waiting=waiting,
        answered=escalations(writes.database(), staff_id=person.id, is_open=False, most=20),
        forms=forms,
        reasons=ESCALATIONS,
        now=writes.now(),
        **({"form": form} if form is not None else {}),
    )
