"""Why contact on a loan is paused: what runs, since when and by whom; set and ended here, with what shows it and why."""

from collections.abc import Callable
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, StringField

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.holds import RULES, EndReason, HoldKind
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import Loan
from portal.queries.holds import HoldLine, holds_on
from portal.queries.legal_holds import legal_holds_of
from portal.services.staff_holds import (
    HoldWish,
    confirm_hold_end,
    end_hold_by_hand,
    get_hold,
    get_loan_to_hold,
    look_at_holds,
    record_hold_refusal,
    refuse_hold_end,
    set_hold,
)
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.blueprint import blueprint
from portal.web.review.legal_hold_form import LegalHoldForm
from portal.web.review.told_form import ToldForm
from portal.web.typed import shown_again
from portal.web.unsent import Typed, typed_in

Page = str | tuple[str, int] | Response


class HoldForm(FlaskForm):
    """What a new pause needs."""

    kind = RadioField(lazy_gettext("Why is contact to be paused?"), validate_choice=False)
    evidence = SelectField(
        lazy_gettext("What shows it?"),
        choices=[
            ("", lazy_gettext("Choose…")),
            *((each.value, text) for each, text in labels.HOLD_EVIDENCE.items()),
        ],
        validate_choice=False,
    )
    note = StringField(lazy_gettext("Note for colleagues"), filters=[shown_again])
    ends_on = StringField(lazy_gettext("Last day"), filters=[shown_again])


@blueprint.get("/loans/<loan_id>/holds")
@staff_page(Permission.HOLD_SEE, looks=True)
def holds(person: StaffPerson, loan_id: str) -> str:
    loan = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id)
    look_at_holds(writes.database(), person.actor, loan=loan, now=writes.now())
    return holds_page(person, loan, HoldForm(formdata=None))


@blueprint.post("/loans/<loan_id>/holds")
@staff_page(Permission.HOLD_SET)
def start_hold(person: StaffPerson, loan_id: str) -> Page:
    loan, form = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id), HoldForm()
    try:
        refused = _carry_out(person, loan, "set", lambda: _set(person, loan, form), typed_in(form))
    except DomainError as error:
        put_on_form(form, error)
        return holds_page(person, loan, form), 422
    if refused is None:
        flash(gettext("Contact is paused. The borrower reads it on their first page."), "success")
    return refused or _back(loan)


@blueprint.post("/loans/<loan_id>/holds/end")
@staff_page(Permission.HOLD_END)
def end_hold(person: StaffPerson, loan_id: str) -> Page:
    """End it, or ask a second person to, where it takes two."""
    loan = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id)

    def end() -> None:
        hold = get_hold(writes.database(), loan.id, _hold_id())
        has_ended = end_hold_by_hand(
            writes.database(), person.actor, hold=hold, reason=_reason(), now=writes.now()
        )
        said = (
            gettext("The pause has ended. Contact goes on.")
            if has_ended
            else gettext("A colleague has to agree. Until then contact stays paused.")
        )
        flash(said, "success")

    return _acted(person, loan, "end", end)


@blueprint.post("/loans/<loan_id>/holds/agree")
@staff_page(Permission.HOLD_END)
def agree_hold_end(person: StaffPerson, loan_id: str) -> Page:
    loan = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id)

    def agree() -> None:
        hold = get_hold(writes.database(), loan.id, _hold_id())
        confirm_hold_end(writes.database(), person.actor, hold=hold, now=writes.now())
        flash(gettext("The pause has ended. Contact goes on."), "success")

    return _acted(person, loan, "agree", agree)


@blueprint.post("/loans/<loan_id>/holds/keep")
@staff_page(Permission.HOLD_END)
def keep_hold(person: StaffPerson, loan_id: str) -> Page:
    """It is not ended: not agreed, or taken back."""
    loan = get_loan_to_hold(writes.database(), person.actor, public_id=loan_id)

    def keep() -> None:
        hold = get_hold(writes.database(), loan.id, _hold_id())
        refuse_hold_end(writes.database(), person.actor, hold=hold, now=writes.now())
        flash(gettext("Contact stays paused."), "success")

    return _acted(person, loan, "keep", keep)


def _set(person: StaffPerson, loan: Loan, form: HoldForm) -> None:
    try:
        kind = HoldKind(form.kind.data or "")
    except ValueError:
        raise DomainError("hold_kind_missing", field="kind") from None
    wish = HoldWish(
        kind=kind,
        evidence=form.evidence.data or "",
        note=form.note.data or "",
        ends_on=_day(form.ends_on.data),
    )
    set_hold(writes.database(), person.actor, loan=loan, wish=wish, today=writes.today(), now=writes.now())


def _day(typed: str | None) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise DomainError("date_unclear", field="ends_on") from None


def holds_page(
    person: StaffPerson,
    loan: Loan,
    form: HoldForm,
    legal_form: LegalHoldForm | None = None,
    told_form: ToldForm | None = None,
) -> str:
    """Pauses of contact on a loan, and what of its borrower must be kept; whichever of the forms was refused is told of above."""
    kinds = [kind for kind, rule in RULES.items() if rule.set_by & person.actor.roles]
    form.kind.choices = [(kind.value, labels.HOLDS[kind]) for kind in kinds]
    lines = holds_on(writes.database(), loan.id)
    return render_template(
        "review/holds.html",
        loan=loan,
        hold_form=form,
        form=told_form or legal_form or form,
        hints={kind.value: labels.HOLD_STOPS[RULES[kind].stops] for kind in kinds},
        running=[line for line in lines if line.hold.ended_at is None],
        ended=[line for line in lines if line.hold.ended_at is not None],
        may_end={line.hold.id: _may_end(person, line) for line in lines},
        own_number=person.number,
        today=writes.today(),
        legal_holds=legal_holds_of(writes.database(), loan.borrower_id),
        legal_form=legal_form or LegalHoldForm(formdata=None),
        told_form=told_form or ToldForm(formdata=None),
        labels=labels,
    )


def _may_end(person: StaffPerson, line: HoldLine) -> bool:
    return person.actor.may(Permission.HOLD_END) and bool(line.rule.ended_by & person.actor.roles)


def _acted(person: StaffPerson, loan: Loan, act: str, verb: Callable[[], object]) -> Page:
    try:
        refused = _carry_out(person, loan, act, verb)
    except DomainError as error:
        flash(text_of(error), "problem")
        refused = None
    return refused or _back(loan)


def _carry_out(
    person: StaffPerson, loan: Loan, act: str, verb: Callable[[], object], typed: Typed | None = None
) -> Response | tuple[str, int] | None:
    """Do it; None where it is done. A refusal is on record, and what came too late keeps what was typed. Raises what a form or a flash
    can say (422).
    """
    try:
        with writes.attempt():
            verb()
    except DomainError as error:
        record_hold_refusal(
            writes.database(), person.actor, loan=loan, act=act, error=error, now=writes.now()
        )
        if not isinstance(error, Conflict | AccessRefused):
            raise
        body = render_template(
            "review/hold_conflict.html", loan=loan, message=text_of(error), typed=typed or {}
        )
        return body, error.status
    return None


def _hold_id() -> int:
    typed = request.form.get("hold", "")
    if typed.isascii() and typed.isdigit() and len(typed) < 18:
        return int(typed)
    raise Conflict("hold_over")


def _reason() -> EndReason:
    try:
        return EndReason(request.form.get("reason", ""))
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None


def _back(loan: Loan) -> Response:
    return redirect(url_for("review.holds", loan_id=loan.public_id), 303)
