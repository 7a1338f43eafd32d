"""One support call: what is said first, the number to read out, what the borrower has allowed; extended once, ended by either side."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.call_outcomes import Statement
from portal.domain.errors import DomainError
from portal.domain.permissions import Permission
from portal.domain.support_calls import EndedBy, Level
from portal.messages import text_of
from portal.queries.support_calls import get_own_support_call
from portal.queries.support_desk import find_wrap_up, is_call_back_due
from portal.services.staff_relations import refuse_close
from portal.services.support_calls import (
    OnSupportCall,
    end_lapsed_support_calls,
    end_support_call,
    extend_support_call,
    has_lapsed_support_calls,
    say_in_support_call,
)
from portal.services.support_pairing import make_pairing_number, shown_pairing_number
from portal.web import writes
from portal.web.access import staff_page
from portal.web.labels import SUPPORT_ENDS, SUPPORT_LEVELS, SUPPORT_REASONS
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.support.within import Page, within
from portal.web.review.support.words import STATEMENTS
from portal.web.review.support_desk.call_card import call_card


@blueprint.get("/support/<call_id>")
@staff_page(Permission.SUPPORT_CALL)
def support_call(person: StaffPerson, call_id: str) -> str:
    """Nothing personal stands here: what the borrower allowed, and no more. Also when it is over, with what ended it."""
    session, now = writes.database(), writes.now()
    if has_lapsed_support_calls(session, now=now):
        writes.open_for_writing()
        session = writes.database()
        end_lapsed_support_calls(session, now=now)
    call = get_own_support_call(session, person.id, call_id)
    if call.borrower_id is not None:
        refuse_close(session, person.actor, borrower_id=call.borrower_id)
    number = shown_pairing_number(call, key=writes.portal().config.secret_key, now=now)
    return render_template(
        "review/support/call.html",
        call=call,
        is_on=call.is_on(now),
        number=f"{number[:4]} {number[4:]}" if number else None,
        statements=STATEMENTS,
        reason=SUPPORT_REASONS[call.reason],
        level=SUPPORT_LEVELS[call.level],
        may_see=Level(call.level).reaches(Level.PROVEN),
        ended_by=SUPPORT_ENDS[call.ended_by] if call.ended_by else None,
        is_wrapped_up=find_wrap_up(session, call.id) is not None,
        card=call_card(person, call),
        may_dial=call.is_on(now) and is_call_back_due(session, call, now=now),
        guide_url=request.path,
    )


@blueprint.post("/support/<call_id>/said")
@staff_page(Permission.SUPPORT_CALL)
@within("say")
def support_said(person: StaffPerson, on: OnSupportCall) -> Response:
    """Tick what was said (rule C14)."""
    del person
    ticked = [each for each in Statement if each.value in request.form.getlist("statements")]
    try:
        say_in_support_call(writes.database(), on, statements=ticked, now=writes.now())
    except DomainError as error:
        flash(text_of(error), "problem")
    return _back(on)


@blueprint.post("/support/<call_id>/number")
@staff_page(Permission.SUPPORT_CALL)
@within("number")
def support_number(person: StaffPerson, on: OnSupportCall) -> Response:
    """A new number to read out; the one before works no more."""
    del person
    make_pairing_number(writes.database(), on, key=writes.portal().config.secret_key, now=writes.now())
    return _back(on)


@blueprint.post("/support/<call_id>/extend")
@staff_page(Permission.SUPPORT_CALL)
@within("extend")
def support_extend(person: StaffPerson, on: OnSupportCall) -> Response:
    del person
    try:
        with writes.attempt():
            extend_support_call(writes.database(), on, now=writes.now())
        flash(gettext("Extended by 20 minutes. It cannot be extended again."), "success")
    except DomainError as error:
        flash(text_of(error), "problem")
    return _back(on)


@blueprint.post("/support/<call_id>/end")
@staff_page(Permission.SUPPORT_CALL)
@within("end")
def support_end(person: StaffPerson, on: OnSupportCall) -> Page:
    end_support_call(writes.database(), person.actor, call=on.call, by=EndedBy.AGENT, now=writes.now())
    flash(gettext("The support call has ended. What the borrower allowed in it has ended too."), "success")
    return redirect(url_for("review.support_wrap_up", call_id=on.call.public_id), 303)


def _back(on: OnSupportCall) -> Response:
    return redirect(url_for("review.support_call", call_id=on.call.public_id), 303)
