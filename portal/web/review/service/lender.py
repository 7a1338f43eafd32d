"""Ask the lender to correct its book: what is wrong, what it should be, about which loan."""

from flask import flash, render_template
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField

from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.models import Loan, ServiceCase
from portal.queries.service_cases import get_service_case
from portal.queries.service_page import loan_of_case, service_case_page
from portal.services.case_handling import look_at_service_case, require_own
from portal.services.corrections import Correction, ask_lender
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import CORRECTION_KINDS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.service.page import Page, Typed, carry_out, case_labels, to_case
from portal.web.typed import shown_again


class LenderForm(FlaskForm):
    """The lender reads all of it."""

    loan = SelectField(lazy_gettext("Loan"), validate_choice=False)
    what = SelectField(
        lazy_gettext("What is to be corrected?"),
        choices=[
            ("", lazy_gettext("Choose…")),
            *((kind.value, text) for kind, text in CORRECTION_KINDS.items()),
        ],
        validate_choice=False,
    )
    is_wrong = TextAreaField(lazy_gettext("What stands in the book"), filters=[shown_again])
    should_be = TextAreaField(lazy_gettext("What should stand there"), filters=[shown_again])


@blueprint.get("/service/<public_id>/lender")
@staff_page(Permission.SERVICE_HANDLE, looks=True)
def ask_lender_page(person: StaffPerson, public_id: str) -> Page:
    case = get_service_case(writes.database(), person.actor, public_id)
    look_at_service_case(writes.database(), person.actor, case=case, now=writes.now())
    refused = carry_out(
        person, case, "ask_lender", lambda: require_own(writes.database(), person.actor, case)
    )
    return refused or _show(case, LenderForm())


@blueprint.post("/service/<public_id>/lender")
@staff_page(Permission.SERVICE_HANDLE)
def send_to_lender(person: StaffPerson, public_id: str) -> Page:
    case, form = get_service_case(writes.database(), person.actor, public_id), LenderForm()
    try:
        refused = carry_out(person, case, "ask_lender", lambda: _ask(person, case, form), _typed(form))
    except DomainError as error:
        put_on_form(form, error)
        return _show(case, form), 422
    if refused is not None:
        return refused
    flash(gettext("On the lender's list. The borrower reads that it was asked."), "success")
    return to_case(case)


def _ask(person: StaffPerson, case: ServiceCase, form: LenderForm) -> None:
    correction = Correction(
        what=form.what.data or "",
        is_wrong=form.is_wrong.data or "",
        should_be=form.should_be.data or "",
    )
    loan = _loan(case, form.loan.data or "")
    ask_lender(writes.database(), person.actor, case=case, loan=loan, correction=correction, now=writes.now())


def _loan(case: ServiceCase, public_id: str) -> Loan:
    session = writes.database()
    if case.loan_id is not None:
        return session.get_one(Loan, case.loan_id)
    found = loan_of_case(session, case, public_id)
    if found is None:
        raise DomainError("correction_loan_missing", field="loan")
    return found


def _show(case: ServiceCase, form: LenderForm) -> str:
    page = service_case_page(writes.database(), case, on=writes.today())
    form.loan.choices = [(each.loan.public_id, each.loan.loan_ref) for each in page.loans]
    return render_template("review/service/lender.html", page=page, form=form, **case_labels(page))


def _typed(form: LenderForm) -> Typed:
    return {
        gettext("What stands in the book"): form.is_wrong.data or "",
        gettext("What should stand there"): form.should_be.data or "",
    }
