"""A notice of assignment that was given outside of the portal (rule C21): written down on the page of a loan's pauses."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.assignments import BY_HAND, ToldBy
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import Loan
from portal.services.assignments import note_told, refuse_telling_again
from portal.services.staff_holds import get_loan_to_hold, record_hold_refusal
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.holds import HoldForm, holds_page
from portal.web.review.told_form import ToldForm
from portal.web.typed import typed_day
from portal.web.unsent import typed_in


@blueprint.post("/loans/<loan_id>/creditor")
@staff_page(Permission.HOLD_END)
def told_of_assignment(person: StaffPerson, loan_id: str) -> tuple[str, int] | Response:
    loan, form = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id), ToldForm()
    try:
        with writes.attempt():
            _note(person, loan, form)
    except DomainError as error:
        record_hold_refusal(
            writes.database(), person.actor, loan=loan, act="told", error=error, now=writes.now()
        )
        if not isinstance(error, Conflict):
            put_on_form(form, error)
            return holds_page(person, loan, HoldForm(formdata=None), told_form=form), error.status
        if typed := typed_in(form, "named", "proof"):
            body = render_template(
                "review/hold_conflict.html", loan=loan, message=text_of(error), typed=typed
            )
            return body, error.status
        flash(text_of(error), "problem")
    else:
        flash(
            gettext("It is on record that the borrower was told. Rule C21 stops nothing any more."), "success"
        )
    return redirect(url_for("review.holds", loan_id=loan.public_id), 303)


def _note(person: StaffPerson, loan: Loan, form: ToldForm) -> None:
    refuse_telling_again(loan)
    note_told(
        writes.database(),
        person.actor,
        loan=loan,
        told_on=typed_day(form.told_on.data, field="told_on"),
        told_by=_way(form.told_by.data),
        named=form.named.data or "",
        proof=form.proof.data or "",
        today=writes.today(),
        now=writes.now(),
    )


def _way(typed: str | None) -> ToldBy:
    for way in BY_HAND:
        if way.value == typed:
            return way
    raise DomainError("told_by_missing", field="told_by")
