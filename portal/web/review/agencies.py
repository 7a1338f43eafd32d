"""The register of agencies: contracts, evaluations that are due, and what ends with a contract (rule C20)."""

from datetime import date

from flask import flash, redirect, render_template, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, TextAreaField

from portal.desk_words import EVALUATION_RESULTS
from portal.domain.agencies import ContractState, EvaluationResult, WhyDue
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.queries.agencies import agency_lines, get_agency, get_agency_line, unregistered_agencies
from portal.services.agencies import (
    NewAgency,
    end_agency,
    evaluate_agency,
    refuse_over,
    register_agency,
    renew_contract,
)
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.typed import shown_again, typed_day
from portal.web.unsent import Onward, Typed, typed_in, unsent_page

Page = str | Response | tuple[str, int]

DUE: dict[WhyDue, LazyString] = {
    WhyDue.YEARLY: lazy_gettext("yearly evaluation"),
    WhyDue.EXPIRY: lazy_gettext("evaluation before the contract ends"),
}
CONTRACTS: dict[ContractState, LazyString] = {
    ContractState.TO_COME: lazy_gettext("Contract to come"),
    ContractState.RUNNING: lazy_gettext("Under contract"),
    ContractState.OVER: lazy_gettext("Contract over"),
}


class AgencyForm(FlaskForm):
    name = StringField(lazy_gettext("Name, as the lender's book has it"), filters=[shown_again])
    registration_number = StringField(lazy_gettext("Unified social credit code"), filters=[shown_again])
    phone = StringField(lazy_gettext("Telephone for borrowers"), filters=[shown_again])
    contract_from = StringField(lazy_gettext("Contract from"), filters=[shown_again])
    contract_to = StringField(lazy_gettext("Contract to"), filters=[shown_again])


class EvaluationForm(FlaskForm):
    evaluated_on = StringField(lazy_gettext("Evaluated on"), filters=[shown_again])
    result = RadioField(
        lazy_gettext("Result"),
        choices=[(result.value, text) for result, text in EVALUATION_RESULTS.items()],
        validate_choice=False,
    )
    remark = TextAreaField(lazy_gettext("What was found"), filters=[shown_again])


class RenewalForm(FlaskForm):
    contract_to = StringField(lazy_gettext("New last day"), filters=[shown_again])


@blueprint.get("/agencies")
@staff_page(Permission.AGENCY_SEE)
def agencies(_person: StaffPerson) -> str:
    return _list(AgencyForm(formdata=None))


@blueprint.post("/agencies")
@staff_page(Permission.AGENCY_MANAGE, proven=True)
def send_agency(person: StaffPerson) -> Page:
    form = AgencyForm()
    try:
        with writes.attempt():
            agency = register_agency(
                writes.database(), person.actor, new=_new(form), today=writes.today(), now=writes.now()
            )
    except DomainError as error:
        put_on_form(form, error)
        return _list(form), 422
    flash(gettext("Entered. It stands on the public list while its contract runs."), "success")
    return redirect(url_for("review.agency", public_id=agency.public_id), 303)


@blueprint.get("/agencies/<public_id>")
@staff_page(Permission.AGENCY_SEE)
def agency(_person: StaffPerson, public_id: str) -> str:
    return _one(public_id)


@blueprint.post("/agencies/<public_id>/evaluations")
@staff_page(Permission.AGENCY_MANAGE)
def send_evaluation(person: StaffPerson, public_id: str) -> Page:
    found, form = get_agency(writes.database(), public_id, is_locked=True), EvaluationForm()
    try:
        with writes.attempt():
            refuse_over(found)
            evaluate_agency(
                writes.database(),
                person.actor,
                agency=found,
                evaluated_on=_day(form.evaluated_on),
                result=_result(form.result.data),
                remark=form.remark.data or "",
                today=writes.today(),
                now=writes.now(),
            )
    except Conflict as error:
        return _refused(public_id, error, typed_in(form, "remark"))
    except DomainError as error:
        put_on_form(form, error)
        return _one(public_id, evaluation=form), 422
    flash(gettext("The evaluation is kept."), "success")
    return _back(public_id)


@blueprint.post("/agencies/<public_id>/renew")
@staff_page(Permission.AGENCY_MANAGE, proven=True)
def renew_agency(person: StaffPerson, public_id: str) -> Page:
    found, form = get_agency(writes.database(), public_id, is_locked=True), RenewalForm()
    try:
        with writes.attempt():
            refuse_over(found)
            renew_contract(
                writes.database(),
                person.actor,
                agency=found,
                contract_to=_day(form.contract_to),
                today=writes.today(),
                now=writes.now(),
            )
    except Conflict as error:
        flash(text_of(error), "problem")
        return _back(public_id)
    except DomainError as error:
        put_on_form(form, error)
        return _one(public_id, renewal=form), 422
    flash(gettext("The contract runs longer."), "success")
    return _back(public_id)


@blueprint.post("/agencies/<public_id>/end")
@staff_page(Permission.AGENCY_MANAGE, proven=True)
def stop_agency(person: StaffPerson, public_id: str) -> Response:
    found = get_agency(writes.database(), public_id, is_locked=True)
    if end_agency(writes.database(), person.actor, agency=found, now=writes.now()):
        flash(
            gettext("Ended. Its staff's accounts are closed and nothing is placed with it any more."),
            "success",
        )
    return _back(public_id)


def _list(form: AgencyForm) -> str:
    today = writes.today()
    return render_template(
        "review/agencies/list.html",
        lines=agency_lines(writes.database(), on=today),
        unregistered=unregistered_agencies(writes.database()),
        entry=form,
        states=CONTRACTS,
        due=DUE,
        today=today,
        **({"form": form} if form.errors or form.form_errors else {}),
    )


def _one(
    public_id: str, *, evaluation: EvaluationForm | None = None, renewal: RenewalForm | None = None
) -> str:
    failed = evaluation or renewal
    return render_template(
        "review/agencies/one.html",
        line=get_agency_line(writes.database(), public_id, on=writes.today()),
        evaluation=evaluation or EvaluationForm(formdata=None),
        renewal=renewal or RenewalForm(formdata=None),
        states=CONTRACTS,
        due=DUE,
        results=EVALUATION_RESULTS,
        today=writes.today(),
        **({"form": failed} if failed is not None else {}),
    )


def _new(form: AgencyForm) -> NewAgency:
    return NewAgency(
        name=form.name.data or "",
        registration_number=form.registration_number.data or "",
        phone=form.phone.data or "",
        contract_from=_day(form.contract_from),
        contract_to=_day(form.contract_to),
    )


def _day(field: StringField) -> date:
    return typed_day(field.data, field=field.short_name)


def _result(typed: str | None) -> EvaluationResult:
    try:
        return EvaluationResult(typed or "")
    except ValueError:
        raise DomainError("result_missing", field="result") from None


def _refused(public_id: str, error: Conflict, typed: Typed) -> Page:
    """What was found and does not stand there yet is given back."""
    if not typed:
        flash(text_of(error), "problem")
        return _back(public_id)
    onward = Onward(gettext("Back to the agency"), url_for("review.agency", public_id=public_id))
    return unsent_page(text_of(error), typed, onward=onward)


def _back(public_id: str) -> Response:
    return redirect(url_for("review.agency", public_id=public_id), 303)
