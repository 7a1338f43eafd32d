"""Take a case on, give it back, hand it over, tell the borrower that it has arrived, note whom it is about, uncover the number."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response

from portal.domain.case_handling import HandOverReason
from portal.domain.cases import CaseKind
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.reasons import RevealReason
from portal.i18n import InstantFormats
from portal.messages import text_of
from portal.models import Borrower, ServiceCase
from portal.queries.service_cases import get_service_case
from portal.services.case_handling import (
    acknowledge_service_case,
    colleague_named,
    give_back_service_case,
    hand_over_service_case,
    name_staff_of_complaint,
    reveal_mobile_of_case,
    take_service_case,
)
from portal.web import writes
from portal.web.access import staff_page
from portal.web.form_errors import put_on_form
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.case_page import keep_revealed
from portal.web.review.service.page import Page, StaffForm, acted, carry_out, render_case, to_case

UNCOVERED_FOR = timedelta(minutes=5)


@blueprint.post("/service/<public_id>/take")
@staff_page(Permission.SERVICE_HANDLE)
def take_service(person: StaffPerson, public_id: str) -> Page:
    case = _case(person, public_id)
    return acted(
        person,
        case,
        "take",
        lambda: take_service_case(writes.database(), person.actor, case=case, now=writes.now()),
    )


@blueprint.post("/service/<public_id>/give-back")
@staff_page(Permission.SERVICE_HANDLE)
def give_service_back(person: StaffPerson, public_id: str) -> Response:
    """An agent sees it no more afterwards: on to the queue."""
    case = _case(person, public_id)
    give_back_service_case(writes.database(), person.actor, case=case, now=writes.now())
    flash(gettext("Given back. It waits for a colleague."), "success")
    return redirect(url_for("review.service_queue"), 303)


@blueprint.post("/service/<public_id>/hand-over")
@staff_page(Permission.SERVICE_HANDLE)
def hand_service_over(person: StaffPerson, public_id: str) -> Page:
    case = _case(person, public_id)

    def hand_over() -> None:
        to = colleague_named(writes.database(), request.form.get("to", ""), field="to")
        hand_over_service_case(
            writes.database(), person.actor, case=case, to=to, reason=_reason(), now=writes.now()
        )
        flash(gettext("Handed to staff member %(number)s.", number=to.number), "success")

    answer = acted(person, case, "hand_over", hand_over)
    sees_all = person.actor.may(Permission.SERVICE_SEE_ALL)
    is_gone = isinstance(answer, Response) and not sees_all and case.owner_id != person.id
    return redirect(url_for("review.service_queue"), 303) if is_gone else answer


@blueprint.post("/service/<public_id>/acknowledge")
@staff_page(Permission.SERVICE_HANDLE)
def acknowledge_service(person: StaffPerson, public_id: str) -> Page:
    case = _case(person, public_id)

    def acknowledge() -> None:
        acknowledge_service_case(
            writes.database(), person.actor, case=case, words=_arrived(person, case), now=writes.now()
        )
        flash(gettext("The borrower reads that it has arrived and who looks at it."), "success")

    return acted(person, case, "acknowledge", acknowledge)


@blueprint.post("/service/<public_id>/staff")
@staff_page(Permission.SERVICE_HANDLE)
def name_service_staff(person: StaffPerson, public_id: str) -> Page:
    """Whom the complaint is about."""
    case, form = _case(person, public_id), StaffForm()

    def name() -> None:
        number = form.number.data or ""
        name_staff_of_complaint(writes.database(), person.actor, case=case, number=number, now=writes.now())
        flash(gettext("Noted. This colleague has no part in it from now on."), "success")

    try:
        answer = carry_out(person, case, "name_staff", name) or to_case(case)
    except DomainError as error:
        if case.kind != CaseKind.COMPLAINT:
            flash(text_of(error), "problem")
            return to_case(case)
        put_on_form(form, error)
        return render_case(person, case, form), 422
    is_about_me = isinstance(answer, Response) and case.about_staff_id == person.id
    return redirect(url_for("review.service_queue"), 303) if is_about_me else answer


@blueprint.post("/service/<public_id>/reveal")
@staff_page(Permission.SERVICE_HANDLE)
def reveal_service(person: StaffPerson, public_id: str) -> Page:
    case = _case(person, public_id)
    reason = _reveal_reason()
    refused = carry_out(
        person,
        case,
        "reveal",
        lambda: reveal_mobile_of_case(
            writes.database(), person.actor, case=case, reason=reason, now=writes.now()
        ),
    )
    if refused is not None:
        return refused
    keep_revealed(public_id, writes.now() + UNCOVERED_FOR)
    return redirect(url_for("review.service_case", public_id=public_id, _anchor="person"), 303)


def _case(person: StaffPerson, public_id: str) -> ServiceCase:
    return get_service_case(writes.database(), person.actor, public_id)


def _reason() -> HandOverReason:
    try:
        return HandOverReason(request.form.get("reason", ""))
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None


def _reveal_reason() -> RevealReason:
    try:
        return RevealReason(request.form.get("reason", ""))
    except ValueError:
        raise DomainError("reason_missing", field="reason") from None


def _arrived(person: StaffPerson, case: ServiceCase) -> str:
    """The message, in the borrower's language."""
    borrower = writes.database().get_one(Borrower, case.borrower_id)
    formats = InstantFormats(writes.clock().zone)
    with force_locale(borrower.locale):
        return str(
            gettext(
                "We have received what you sent (%(reference)s). Staff member %(number)s looks at it."
                " You have our answer by %(moment)s at the latest. You can write to us here at any time.",
                reference=case.reference,
                number=person.number,
                moment=formats.deadline(case.answer_by),
            )
        )
