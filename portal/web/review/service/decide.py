"""Decide a case: how it ends, why, and the words that the borrower reads."""

from flask import flash, render_template
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField

from portal.domain.case_handling import ENDINGS, Work
from portal.domain.cases import HOLDS, CaseKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.models import ServiceCase
from portal.queries.service_cases import get_service_case
from portal.queries.service_page import ServiceCasePage, service_case_page
from portal.services.case_decisions import Ending, decide_service_case
from portal.services.case_handling import look_at_service_case, require_own
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import CASE_REASONS
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.blueprint import blueprint
from portal.web.review.service.page import Page, Typed, carry_out, case_labels, to_case
from portal.web.typed import shown_again


class DecideForm(FlaskForm):
    """``row_version`` is the case's when the page was drawn: the decision is about that."""

    row_version = HiddenField()
    outcome = RadioField(lazy_gettext("How does it end?"), validate_choice=False)
    reason = SelectField(lazy_gettext("Why?"), validate_choice=False)
    words = TextAreaField(lazy_gettext("To the borrower"), filters=[shown_again])
    keeps_hold = BooleanField(lazy_gettext("Contact stays paused until the lender has answered"))

    def for_work(self, work: Work) -> "DecideForm":
        endings = ENDINGS[work]
        self.outcome.choices = [(outcome.value, labels.OUTCOMES[outcome]) for outcome in endings]
        fitting = dict.fromkeys(reason for reasons in endings.values() for reason in reasons)
        self.reason.choices = [
            ("", lazy_gettext("Choose…")),
            *((reason.value, CASE_REASONS[reason]) for reason in fitting),
        ]
        return self


@blueprint.get("/service/<public_id>/decide")
@staff_page(Permission.SERVICE_HANDLE, looks=True)
def decide_service(person: StaffPerson, public_id: str) -> Page:
    case = get_service_case(writes.database(), person.actor, public_id)
    look_at_service_case(writes.database(), person.actor, case=case, now=writes.now())
    refused = carry_out(person, case, "decide", lambda: require_own(writes.database(), person.actor, case))
    return refused or _show(case, DecideForm())


@blueprint.post("/service/<public_id>/decide")
@staff_page(Permission.SERVICE_HANDLE)
def send_service_decision(person: StaffPerson, public_id: str) -> Page:
    case, form = get_service_case(writes.database(), person.actor, public_id), DecideForm()
    try:
        refused = carry_out(
            person,
            case,
            "decide",
            lambda: decide_service_case(
                writes.database(), person.actor, case=case, ending=_ending(form), now=writes.business_now()
            ),
            _typed(form),
        )
    except DomainError as error:
        put_on_form(form, error)
        return _show(case, form), 422
    if refused is not None:
        return refused
    flash(gettext("Decided. The borrower reads it now."), "success")
    return to_case(case)


def _show(case: ServiceCase, form: DecideForm) -> str:
    page: ServiceCasePage = service_case_page(writes.database(), case, on=writes.today())
    form.for_work(page.work)
    if not form.is_submitted():
        form.row_version.data = str(case.row_version)
    return render_template(
        "review/service/decide.html",
        page=page,
        form=form,
        has_hold=CaseKind(case.kind) in HOLDS and page.work is not Work.REPRESENTED,
        **case_labels(page),
    )


def _ending(form: DecideForm) -> Ending:
    version = form.row_version.data or ""
    return Ending(
        row_version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
        outcome=form.outcome.data or "",
        reason=form.reason.data or "",
        words=form.words.data or "",
        keeps_hold=bool(form.keeps_hold.data),
    )


def _typed(form: DecideForm) -> Typed:
    return {gettext("To the borrower"): form.words.data or ""}
