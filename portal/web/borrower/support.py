"""I am on the phone with support: enter the number that the agent reads out, see who and why, allow what they may do, end it."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField

from portal.domain.errors import Conflict, DomainError
from portal.domain.support_calls import EndedBy, Level
from portal.i18n import current_locale
from portal.models import StaffMember, SupportCall
from portal.queries.support_calls import find_open_of_borrower
from portal.services.support_calls import end_support_call
from portal.services.support_pairing import allow_in_call, enter_pairing_number
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.form_errors import put_on_form
from portal.web.labels import SUPPORT_LEVELS, SUPPORT_REASONS
from portal.web.people import BorrowerPerson
from portal.web.typed import shown_again

Page = str | Response | tuple[str, int]
ALLOWED = (Level.PROVEN, Level.CONSENTED)


class NumberForm(FlaskForm):
    """Eight digits, in any spelling."""

    number = StringField(lazy_gettext("The number that the agent reads out to you"), filters=[shown_again])


class AllowForm(FlaskForm):
    """Nothing is ticked beforehand."""

    level = RadioField(
        lazy_gettext("What may they do in this call?"),
        choices=[(level.value, SUPPORT_LEVELS[level]) for level in ALLOWED],
        validate_choice=False,
    )

    def wanted(self) -> Level:
        """Raises ``support_choice_missing``."""
        found = next((level for level in ALLOWED if level == self.level.data), None)
        if found is None:
            raise DomainError("support_choice_missing", field="level")
        return found


@blueprint.get("/support-call")
@borrower_page
def support_call(person: BorrowerPerson) -> Page:
    call = find_open_of_borrower(writes.database(), person.id, now=writes.now())
    return _enter_page(NumberForm()) if call is None else _call_page(call, AllowForm())


@blueprint.post("/support-call")
@borrower_page
def support_enter(person: BorrowerPerson) -> Page:
    """A wrong number is counted, so nothing is raised here."""
    form = NumberForm()
    entry = enter_pairing_number(
        writes.database(),
        person.actor,
        typed=form.number.data or "",
        key=writes.portal().config.secret_key,
        now=writes.now(),
    )
    if entry.error is not None:
        put_on_form(form, entry.error)
        return _enter_page(form), 429 if entry.error.code == "too_many_pairings" else 422
    return redirect(url_for("borrower.support_call"), 303)


@blueprint.post("/support-call/allow")
@borrower_page
def support_allow(person: BorrowerPerson) -> Page:
    session, form = writes.database(), AllowForm()
    call = find_open_of_borrower(session, person.id, now=writes.now(), is_locked=True)
    if call is None:
        return _is_over()
    try:
        with writes.attempt():
            allow_in_call(
                session,
                person.actor,
                call=call,
                level=form.wanted(),
                privacy_version=writes.portal()
                .texts.load("privacy_notice", current_locale(), writes.today())
                .version,
                now=writes.now(),
            )
    except Conflict:
        return _is_over()
    except DomainError as error:
        if call.level == Level.CONSENTED:  # nothing is left to choose
            return redirect(url_for("borrower.support_call"), 303)
        put_on_form(form, error)
        return _call_page(call, form), 422
    return redirect(url_for("borrower.support_call"), 303)


@blueprint.post("/support-call/end")
@borrower_page
def support_end(person: BorrowerPerson) -> Page:
    """At any time; twice is as once."""
    session = writes.database()
    call = find_open_of_borrower(session, person.id, now=writes.now(), is_locked=True)
    if call is not None:
        end_support_call(session, person.actor, call=call, by=EndedBy.BORROWER, now=writes.now())
        flash(gettext("The support call has ended. Nobody sees anything in it any more."), "success")
    return redirect(url_for("borrower.home"), 303)


def _is_over() -> Response:
    flash(gettext("The support call has ended. Nobody sees anything in it any more."), "notice")
    return redirect(url_for("borrower.support_call"), 303)


def _enter_page(form: NumberForm) -> str:
    return render_template("borrower/support/enter.html", form=form)


def _call_page(call: SupportCall, form: AllowForm) -> str:
    level = Level(call.level)
    more = [each for each in ALLOWED if not level.reaches(each)]
    form.level.choices = [(each.value, SUPPORT_LEVELS[each]) for each in more]
    return render_template(
        "borrower/support/call.html",
        form=form,
        call=call,
        number=writes.database().get_one(StaffMember, call.staff_id).number,
        reason=SUPPORT_REASONS[call.reason],
        level=SUPPORT_LEVELS[level],
        is_allowed=level is not Level.NONE,
        may_allow_more=bool(more),
    )
