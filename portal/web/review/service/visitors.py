"""A complaint of somebody who was not signed in: read, taken on, answered to the address that they left."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.case_handling import Work
from portal.domain.errors import AccessRefused, Conflict, DomainError, NotFound
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import VisitorComplaint
from portal.queries.service_cases import number_of
from portal.queries.visitor_complaints import find_visitor_complaint
from portal.services.visitor_complaints import (
    decide_visitor_complaint,
    give_back_visitor_complaint,
    look_at_visitor_complaint,
    name_staff_of_visitor_complaint,
    record_complaint_refusal,
    take_visitor_complaint,
)
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.labels import CASE_REASONS, CASE_TOPICS
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.blueprint import blueprint
from portal.web.review.service.decide import DecideForm
from portal.web.review.service.page import StaffForm

Page = str | tuple[str, int] | Response


@blueprint.get("/visitors/<public_id>")
@staff_page(Permission.SERVICE_SEE_ALL, looks=True)
def visitor(person: StaffPerson, public_id: str) -> Page:
    complaint = _complaint(public_id)
    look_at_visitor_complaint(writes.database(), person.actor, complaint=complaint, now=writes.now())
    return _show(person, complaint, DecideForm(formdata=None))


@blueprint.post("/visitors/<public_id>/take")
@staff_page(Permission.SERVICE_DECIDE)
def take_visitor(person: StaffPerson, public_id: str) -> Page:
    complaint = _complaint(public_id)
    return _acted(
        person,
        complaint,
        "take",
        lambda: take_visitor_complaint(
            writes.database(), person.actor, complaint=complaint, now=writes.now()
        ),
    )


@blueprint.post("/visitors/<public_id>/give-back")
@staff_page(Permission.SERVICE_DECIDE)
def give_visitor_back(person: StaffPerson, public_id: str) -> Response:
    complaint = _complaint(public_id)
    give_back_visitor_complaint(writes.database(), person.actor, complaint=complaint, now=writes.now())
    return redirect(url_for("review.service_queue"), 303)


@blueprint.post("/visitors/<public_id>/staff")
@staff_page(Permission.SERVICE_DECIDE)
def name_visitor_staff(person: StaffPerson, public_id: str) -> Page:
    complaint, form = _complaint(public_id), StaffForm()

    def name() -> None:
        number = form.number.data or ""
        name_staff_of_visitor_complaint(
            writes.database(), person.actor, complaint=complaint, number=number, now=writes.now()
        )

    try:
        answer = _carry_out(person, complaint, "name_staff", name) or _back(complaint)
    except DomainError as error:
        put_on_form(form, error)
        return _show(person, complaint, DecideForm(formdata=None), form), 422
    is_about_me = isinstance(answer, Response) and complaint.about_staff_id == person.id
    return redirect(url_for("review.service_queue"), 303) if is_about_me else answer


@blueprint.post("/visitors/<public_id>/decide")
@staff_page(Permission.SERVICE_DECIDE)
def decide_visitor(person: StaffPerson, public_id: str) -> Page:
    complaint, form = _complaint(public_id), DecideForm()
    try:
        refused = _carry_out(person, complaint, "decide", lambda: _decide(person, complaint, form), form)
    except DomainError as error:
        put_on_form(form, error)
        return _show(person, complaint, form), 422
    if refused is not None:
        return refused
    flash(gettext("Closed, with what was answered."), "success")
    return _back(complaint)


def _decide(person: StaffPerson, complaint: VisitorComplaint, form: DecideForm) -> None:
    decide_visitor_complaint(
        writes.database(),
        person.actor,
        complaint=complaint,
        outcome=form.outcome.data or "",
        reason=form.reason.data or "",
        answer=form.words.data or "",
        now=writes.now(),
    )


def _show(
    person: StaffPerson, complaint: VisitorComplaint, form: DecideForm, staff_form: StaffForm | None = None
) -> str:
    form.for_work(Work.VISITOR)
    is_open = complaint.status == "open"
    may_decide = person.actor.may(Permission.SERVICE_DECIDE)
    return render_template(
        "review/service/visitor.html",
        complaint=complaint,
        form=staff_form or form,
        decide_form=form,
        staff_form=staff_form or StaffForm(formdata=None),
        owner=number_of(writes.database(), complaint.owner_id),
        decided_by=number_of(writes.database(), complaint.decided_by),
        complained_about=number_of(writes.database(), complaint.about_staff_id),
        is_mine=is_open and may_decide and complaint.owner_id == person.id,
        may_take=is_open and may_decide and complaint.owner_id is None,
        is_breached=is_open and complaint.answer_by < writes.now(),
        topics=CASE_TOPICS,
        outcomes=labels.OUTCOMES,
        reasons=CASE_REASONS,
        deadline_basis=labels.DEADLINES[Work.VISITOR],
    )


def _acted(person: StaffPerson, complaint: VisitorComplaint, act: str, verb: Callable[[], object]) -> Page:
    try:
        refused = _carry_out(person, complaint, act, verb)
    except DomainError as error:
        flash(text_of(error), "problem")
        refused = None
    return refused or _back(complaint)


def _carry_out(
    person: StaffPerson,
    complaint: VisitorComplaint,
    act: str,
    verb: Callable[[], object],
    form: DecideForm | None = None,
) -> tuple[str, int] | None:
    """Do it; None where it is done. Raises what a form or a flash can say (422)."""
    try:
        with writes.attempt():
            verb()
    except DomainError as error:
        record_complaint_refusal(
            writes.database(), person.actor, complaint=complaint, act=act, error=error, now=writes.now()
        )
        if not isinstance(error, Conflict | AccessRefused):
            raise
        typed = {gettext("What was answered"): form.words.data} if form and form.words.data else {}
        body = render_template(
            "review/service/conflict.html",
            case=complaint,
            is_visitors=True,
            message=text_of(error),
            is_own_look=error.status != 403,
            typed=typed,
        )
        return body, error.status
    return None


def _complaint(public_id: str) -> VisitorComplaint:
    found = find_visitor_complaint(writes.database(), public_id)
    if found is None:
        raise NotFound("not_found")
    return found


def _back(complaint: VisitorComplaint) -> Response:
    return redirect(url_for("review.visitor", public_id=complaint.public_id), 303)
