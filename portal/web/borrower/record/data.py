"""My data: take it along; have it copied, corrected, explained or deleted."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.cases import CaseKind
from portal.domain.errors import DomainError
from portal.queries.budgets import find_kept_budget
from portal.queries.cases import cases_of
from portal.queries.loans import loans_of
from portal.queries.situations import is_time_barred
from portal.queries.wishes import is_restricted
from portal.services.budgets import forget_budget
from portal.services.cases import CaseForm
from portal.services.data_requests import ask_about_data
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.cases.opening import WrittenForm, count_case
from portal.web.form_errors import put_on_form
from portal.web.labels import CASE_TOPICS
from portal.web.people import BorrowerPerson
from portal.web.waiting import come_back_page

Page = str | tuple[str, int] | Response


@blueprint.route("/record/data", methods=["GET", "POST"])
@borrower_page
def record_data(person: BorrowerPerson) -> Page:
    session = writes.database()
    form = WrittenForm().for_kind(CaseKind.DATA)
    if form.is_submitted():
        full = count_case(person, form.form_key.data or "")
        if full is not None:
            return come_back_page(full.again_at)
        try:
            with writes.attempt():
                return _ask(person, form)
        except DomainError as error:
            put_on_form(form, error)
    body = render_template(
        "borrower/record/data.html",
        form=form,
        requests=[case for case in cases_of(session, person.id) if case.kind == CaseKind.DATA],
        topics=CASE_TOPICS,
        kept_budget=find_kept_budget(session, person.id),
        is_restricted=is_restricted(session, person.id),
        is_time_barred=is_time_barred(
            session, loans_of(session, person.id), on=writes.today(), zone=writes.clock().zone
        ),
    )
    return body, 422 if form.errors else 200


@blueprint.post("/record/data/budget")
@borrower_page
def record_forget_budget(person: BorrowerPerson) -> Response:
    if forget_budget(writes.database(), person.actor, now=writes.now()):
        flash(gettext("Deleted. Your next plan begins with empty boxes."), "success")
    return redirect(url_for("borrower.record_data"), 303)


def _ask(person: BorrowerPerson, form: WrittenForm) -> Response:
    case = ask_about_data(
        writes.database(),
        person.actor,
        form=CaseForm(
            form_key=form.form_key.data or "",
            kind=CaseKind.DATA,
            topic=form.topic.data or "",
            body=form.body.data or "",
        ),
        today=writes.today(),
        zone=writes.clock().zone,
        now=writes.now(),
    )
    return redirect(url_for("borrower.case", case_id=case.public_id), 303)
