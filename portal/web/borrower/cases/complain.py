"""Complain: one tap from every page."""

from flask import render_template, request
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField, StringField

from portal.domain.cases import CaseKind
from portal.queries.loans import get_loan_of, loans_of
from portal.queries.situations import is_time_barred
from portal.services.cases import CaseForm
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.cases.opening import Page, WrittenForm, try_to_open
from portal.web.people import BorrowerPerson
from portal.web.safe_path import local_path
from portal.web.typed import shown_again

NONE = ""


class ComplaintForm(WrittenForm):
    """With the loan, where it is about one, and the page that it was begun on."""

    page = HiddenField(filters=[shown_again])
    loan = SelectField(lazy_gettext("Which loan?"), validate_choice=False)
    staff_number = StringField(lazy_gettext("Staff number"), filters=[shown_again])


@blueprint.route("/complain", methods=["GET", "POST"])
@borrower_page
def complain(person: BorrowerPerson) -> Page:
    form = ComplaintForm()
    form.for_kind(CaseKind.COMPLAINT)
    loans = loans_of(writes.database(), person.id)
    form.loan.choices = [(NONE, gettext("About none of them in particular"))]
    form.loan.choices += [(loan.public_id, loan.loan_ref) for loan in loans]
    if not form.is_submitted():
        form.page.data = local_path(request.args.get("page"), default="")
    else:
        answer = try_to_open(person, form, _case(person, form))
        if answer is not None:
            return answer
    body = render_template(
        "borrower/cases/complain.html",
        form=form,
        is_time_barred=is_time_barred(writes.database(), loans, on=writes.today(), zone=writes.clock().zone),
    )
    return body, 422 if form.errors else 200


def _case(person: BorrowerPerson, form: ComplaintForm) -> CaseForm:
    chosen = form.loan.data or NONE
    loan = get_loan_of(writes.database(), person.id, chosen) if chosen != NONE else None
    return CaseForm(
        form_key=form.form_key.data or "",
        kind=CaseKind.COMPLAINT,
        topic=form.topic.data or "",
        body=form.body.data or "",
        loan_id=loan.id if loan else None,
        page=local_path(form.page.data, default=""),
        staff_number=form.staff_number.data or "",
    )
