"""What must be kept for a court or an authority: set and ended on the page of a loan's pauses."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.legal_holds import LegalHoldEnd, LegalHoldReason
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import LegalHold, Loan
from portal.services.legal_holds import (
    LegalHoldWish,
    end_legal_hold,
    get_legal_hold,
    keep_legal_hold,
    start_legal_hold,
)
from portal.services.staff_holds import get_loan_to_hold, record_hold_refusal
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.holds import HoldForm, holds_page
from portal.web.review.legal_hold_form import LegalHoldForm
from portal.web.unsent import typed_in

Page = tuple[str, int] | Response


@blueprint.post("/loans/<loan_id>/legal-hold")
@staff_page(Permission.LEGAL_HOLD)
def set_legal_hold(person: StaffPerson, loan_id: str) -> Page:
    loan = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id)
    form = LegalHoldForm()
    try:
        with writes.attempt():
            _start(person, loan, form)
    except Conflict as error:
        _note_refusal(person, loan, "legal_hold", error)
        body = render_template(
            "review/hold_conflict.html", loan=loan, message=text_of(error), typed=typed_in(form)
        )
        return body, error.status
    except DomainError as error:
        _note_refusal(person, loan, "legal_hold", error)
        put_on_form(form, error)
        return holds_page(person, loan, HoldForm(formdata=None), form), error.status
    flash(gettext("Nothing about this borrower is deleted until two people end the legal hold."), "success")
    return _back(loan)


@blueprint.post("/loans/<loan_id>/legal-hold/end")
@staff_page(Permission.LEGAL_HOLD)
def end_legal_hold_page(person: StaffPerson, loan_id: str) -> Response:
    """Ask for its end; who comes second agrees."""

    def end(loan: Loan) -> str:
        hold = _hold(loan)
        reason = _why() if hold.end_asked_by is None else None
        has_ended = end_legal_hold(
            writes.database(), person.actor, hold=hold, reason=reason, now=writes.now()
        )
        if has_ended:
            return str(gettext("The legal hold has ended. What is kept goes with its time again."))
        return str(gettext("A colleague has to agree. Until then nothing is deleted."))

    return _acted(person, loan_id, "legal_hold_end", end)


@blueprint.post("/loans/<loan_id>/legal-hold/keep")
@staff_page(Permission.LEGAL_HOLD)
def keep_legal_hold_page(person: StaffPerson, loan_id: str) -> Response:
    """It is not ended: not agreed, or taken back."""

    def keep(loan: Loan) -> str:
        keep_legal_hold(writes.database(), person.actor, hold=_hold(loan), now=writes.now())
        return str(gettext("The legal hold goes on."))

    return _acted(person, loan_id, "legal_hold_keep", keep)


def _start(person: StaffPerson, loan: Loan, form: LegalHoldForm) -> None:
    try:
        reason = LegalHoldReason(form.because.data or "")
    except ValueError:
        raise DomainError("reason_missing", field="because") from None
    wish = LegalHoldWish(reason=reason, note=form.matter.data or "", of_loan=form.about.data != "borrower")
    start_legal_hold(writes.database(), person.actor, loan=loan, wish=wish, now=writes.now())


def _acted(person: StaffPerson, loan_id: str, act: str, verb: Callable[[Loan], str]) -> Response:
    """What was refused is on record, and said on the page."""
    loan = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id)
    try:
        with writes.attempt():
            said = verb(loan)
    except NotFound:
        raise
    except DomainError as error:
        _note_refusal(person, loan, act, error)
        flash(text_of(error), "problem")
    else:
        flash(said, "success")
    return _back(loan)


def _note_refusal(person: StaffPerson, loan: Loan, act: str, error: DomainError) -> None:
    record_hold_refusal(writes.database(), person.actor, loan=loan, act=act, error=error, now=writes.now())


def _back(loan: Loan) -> Response:
    return redirect(url_for("review.holds", loan_id=loan.public_id), 303)


def _hold(loan: Loan) -> LegalHold:
    typed = request.form.get("hold", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 18):
        raise Conflict("legal_hold_over")  # no form of ours leaves it out
    return get_legal_hold(writes.database(), loan.borrower_id, int(typed))


def _why() -> LegalHoldEnd:
    try:
        return LegalHoldEnd(request.form.get("reason", ""))
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None
