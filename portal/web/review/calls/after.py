"""After a call: what follows from it, and the next step that the rules allow."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.call_outcomes import HOLDS, NEXT_CALLS, STOPS_NUMBER, CallOutcome
from portal.domain.errors import Conflict, DomainError
from portal.domain.holds import HoldKind
from portal.domain.occasions import Occasion
from portal.domain.permissions import Permission
from portal.i18n import format_date
from portal.messages import text_of
from portal.models import Call, CallItem
from portal.queries.calls import find_noted, open_tasks
from portal.services.call_outcomes import hold_after_call, set_next_call
from portal.services.collection_messages import AskedMessage, ask_for_messages
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.items import OPEN_FOR, may_see, open_item
from portal.web.review.calls.words import OUTCOMES, TASKS
from portal.web.review.labels import HOLDS as HOLD_NAMES

MAY_HOLD: Final = (HoldKind.HARDSHIP, HoldKind.ILLNESS)


@blueprint.get("/calls/<public_id>/noted")
@staff_page(Permission.CALL_MAKE)
def call_noted(person: StaffPerson, public_id: str) -> str | Response:
    item = open_item(person, public_id)
    noted = _noted(person, item)
    if noted is None:
        return redirect(url_for("review.calls"), 303)
    outcome = CallOutcome(noted.outcome or "")
    return render_template(
        "review/calls/noted.html",
        item=item,
        noted=noted,
        outcome=OUTCOMES[outcome],
        hold=HOLD_NAMES[HOLDS[outcome]] if outcome in HOLDS else None,
        is_number_stopped=outcome in STOPS_NUMBER,
        is_placed=may_see(person, item),
        is_talked=outcome in {CallOutcome.REACHED, CallOutcome.PROMISE, CallOutcome.CALL_BACK},
        promised=open_tasks(writes.database(), item.loan_id) if may_see(person, item) else (),
        tasks=TASKS,
        days=NEXT_CALLS,
        holds={kind.value: HOLD_NAMES[kind] for kind in MAY_HOLD},
    )


@blueprint.post("/calls/<public_id>/next-day")
@staff_page(Permission.CALL_MAKE)
def set_next_day(person: StaffPerson, public_id: str) -> Response:
    """When the next call is to be."""
    session = writes.database()
    item = _after_own_call(person, public_id)
    try:
        with writes.attempt():
            days = request.form.get("days", "")
            on = set_next_call(
                session,
                person.actor,
                item=item,
                days=int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0,
                now=writes.business_now(),
            )
    except Conflict:
        raise
    except DomainError as error:
        flash(text_of(error), "problem")
        return _back(public_id)
    flash(gettext("Nobody calls before %(day)s.", day=format_date(on)), "success")
    return _back(public_id)


@blueprint.post("/calls/<public_id>/send-link")
@staff_page(Permission.CALL_LINK)
def send_link(person: StaffPerson, public_id: str) -> Response:
    """A reminder with the way to a plan, as a text message; whether it goes out is the contact guard's to say when it would. Once a day."""
    item = _after_own_call(person, public_id)
    asked = AskedMessage(
        loan_id=item.loan_id,
        borrower_id=item.borrower_id,
        occasion=Occasion.OVERDUE_REMINDER,
        on=writes.today(),
    )
    if ask_for_messages(writes.database(), person.actor, [asked], now=writes.now()):
        flash(gettext("It goes out as soon as the rules of contact allow."), "success")
    else:
        flash(gettext("A message was asked for today already."), "notice")
    return _back(public_id)


@blueprint.post("/calls/<public_id>/pause")
@staff_page(Permission.CALL_MAKE)
def pause_contact(person: StaffPerson, public_id: str) -> Response:
    """Pause contact about this loan for hardship or illness that was mentioned in the call."""
    item = _after_own_call(person, public_id)
    kind = next((each for each in MAY_HOLD if each.value == request.form.get("kind")), None)
    if kind is None:
        flash(text_of(DomainError("reason_missing")), "problem")
        return _back(public_id)
    hold_after_call(
        writes.database(), person.actor, loan_id=item.loan_id, kind=kind, now=writes.business_now()
    )
    flash(gettext("Contact about this loan is paused: %(why)s.", why=HOLD_NAMES[kind]), "success")
    return _back(public_id)


def _after_own_call(person: StaffPerson, public_id: str) -> CallItem:
    """Only whoever has just called decides about it. Raises ``Conflict("lease_needed")``."""
    item = open_item(person, public_id, is_locked=True)
    if _noted(person, item) is None:
        raise Conflict("lease_needed")
    return item


def _noted(person: StaffPerson, item: CallItem) -> Call | None:
    since = writes.now() - OPEN_FOR
    return find_noted(writes.database(), loan_id=item.loan_id, staff_id=person.id, since=since)


def _back(public_id: str) -> Response:
    return redirect(url_for("review.call_noted", public_id=public_id), 303)
