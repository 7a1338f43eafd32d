"""What the page of a case shows to this reader, and what it says to whoever came too late."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from portal.desk_words import KEPT_BECAUSE
from portal.domain.case_handling import may_decide, second_look_until
from portal.domain.cases import CaseTopic
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.masking import mask_mobile
from portal.domain.permissions import Permission
from portal.domain.retention import Stays
from portal.messages import text_of
from portal.models import ServiceCase
from portal.queries.retention import what_keeps
from portal.queries.service_cases import parties_of
from portal.queries.service_page import ServiceCasePage, colleagues_of, service_case_page
from portal.role_names import STAFF_ROLES
from portal.services.case_handling import record_case_refusal
from portal.services.staff_holds import may_see_holds
from portal.web import writes
from portal.web.labels import (
    CALL_BACKS,
    CASE_REASONS,
    CASE_TOPICS,
    CORRECTION_ANSWERS,
    CORRECTION_KINDS,
    PRODUCTS,
    REPRESENTATIVE_KINDS,
    STAGES,
)
from portal.web.people import StaffPerson
from portal.web.review import labels
from portal.web.review.case_page import is_number_revealed
from portal.web.review.threads.part import correspondence
from portal.web.typed import shown_again

Page = str | tuple[str, int] | Response
Typed = Mapping[str, str]


class RevealForm(FlaskForm):
    """Why the number is needed."""

    reason = SelectField(choices=[], validate_choice=False)


class HandOverForm(FlaskForm):
    """To whom, and why."""

    to = SelectField(choices=[], validate_choice=False, id="hand-over-to")
    reason = SelectField(choices=[], validate_choice=False, id="hand-over-reason")


class StaffForm(FlaskForm):
    """Whom a complaint is about."""

    number = StringField(id="complained-about", filters=[shown_again])


@dataclass(frozen=True, slots=True)
class Rights:
    """What this reader may do with the case as it stands."""

    is_open: bool
    is_mine: bool
    may_take: bool
    may_give: bool
    may_decide: bool
    may_reveal: bool
    may_see_holds: bool
    may_set_hold: bool


def rights_of(person: StaffPerson, page: ServiceCasePage) -> Rights:
    case, actor = page.case, person.actor
    is_open = case.status == "open"
    handles = actor.may(Permission.SERVICE_HANDLE)
    is_mine = is_open and handles and case.owner_id == person.id
    is_earlier = person.id in parties_of(writes.database(), case).earlier_ids
    sees_holds = may_see_holds(writes.database(), actor, borrower_id=case.borrower_id)
    return Rights(
        is_open=is_open,
        is_mine=is_mine,
        may_take=is_open and handles and case.owner_id is None and not is_earlier,
        may_give=is_mine or (is_open and actor.may(Permission.SERVICE_ASSIGN)),
        may_decide=is_mine and may_decide(actor, page.work),
        may_reveal=is_mine,
        may_see_holds=sees_holds,
        may_set_hold=sees_holds and actor.may(Permission.HOLD_SET),
    )


def render_case(person: StaffPerson, case: ServiceCase, staff_form: StaffForm | None = None) -> str:
    """``staff_form`` comes back with what is wrong in it."""
    page = service_case_page(writes.database(), case, on=writes.today())
    hand_over, reveal = HandOverForm(formdata=None), RevealForm(formdata=None)
    hand_over.to.choices = [
        (member.number, f"{member.number} {member.name}")
        for member in colleagues_of(writes.database(), person.id)
    ]
    hand_over.reason.choices = [(reason.value, text) for reason, text in labels.HAND_OVER_REASONS.items()]
    reveal.reason.choices = [(reason.value, text) for reason, text in labels.REVEAL_REASONS.items()]
    is_revealed = is_number_revealed(case.public_id, writes.now())
    return render_template(
        "review/service/case.html",
        page=page,
        rights=rights_of(person, page),
        correspondence=correspondence(person, case),
        mobile=page.borrower.mobile if is_revealed else mask_mobile(page.borrower.mobile),
        is_revealed=is_revealed,
        reveal_form=reveal,
        hand_over_form=hand_over,
        staff_form=staff_form or StaffForm(formdata=None),
        **({"form": staff_form} if staff_form is not None else {}),
        now=writes.now(),
        today=writes.today(),
        roles=STAFF_ROLES,
        against=_against_erasing(case),
        kept_because=KEPT_BECAUSE,
        **case_labels(page),
    )


def _against_erasing(case: ServiceCase) -> tuple[Stays, ...] | None:
    """Apart from the wish itself; None where nobody asked for it."""
    if case.topic != CaseTopic.DELETE_DATA:
        return None
    zone = writes.clock().zone
    return what_keeps(writes.database(), case.borrower_id, on=writes.today(), zone=zone, apart_from=case.id)


def case_labels(page: ServiceCasePage) -> dict[str, object]:
    """The names that the parts of a case need."""
    is_credit = page.case.topic == CaseTopic.CREDIT_REPORT
    return {
        "labels": labels,
        "new_mobile": mask_mobile(page.number_change.new_mobile) if page.number_change else None,
        "topics": CASE_TOPICS,
        "reasons": CASE_REASONS,
        "products": PRODUCTS,
        "stages": STAGES,
        "call_backs": CALL_BACKS,
        "correction_kinds": CORRECTION_KINDS,
        "correction_answers": CORRECTION_ANSWERS,
        "representative_kinds": REPRESENTATIVE_KINDS,
        "deadline_basis": labels.CREDIT_DEADLINE if is_credit else labels.DEADLINES[page.work],
        "second_look_until": second_look_until,
    }


def carry_out(
    person: StaffPerson, case: ServiceCase, act: str, verb: Callable[[], object], typed: Typed | None = None
) -> tuple[str, int] | None:
    """Do it; None where it is done. A refusal is on record, and what came too late keeps what was typed.

    Raises what a form or a flash can say (422).
    """
    try:
        with writes.attempt():
            verb()
    except DomainError as error:
        record_case_refusal(
            writes.database(), person.actor, case=case, act=act, error=error, now=writes.now()
        )
        if isinstance(error, Conflict | AccessRefused):
            return conflict_page(case, error, typed)
        raise
    return None


def acted(person: StaffPerson, case: ServiceCase, act: str, verb: Callable[[], object]) -> Page:
    """An act of one button or a short form: back to the case, with a word where something was missing."""
    try:
        refused = carry_out(person, case, act, verb)
    except DomainError as error:
        flash(text_of(error), "problem")
        refused = None
    return refused or to_case(case)


def to_case(case: ServiceCase) -> Response:
    return redirect(url_for("review.service_case", public_id=case.public_id), 303)


def conflict_page(case: ServiceCase, error: DomainError, typed: Typed | None = None) -> tuple[str, int]:
    """``typed``: label to text, of what the person had written."""
    body = render_template(
        "review/service/conflict.html",
        case=case,
        message=text_of(error),
        is_own_look=error.status != 403,
        typed={label: text for label, text in (typed or {}).items() if text},
    )
    return body, error.status
