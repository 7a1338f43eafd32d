"""One call on one page: before it what may be known, then the number, the three statements, the sums, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.call_outcomes import Statement
from portal.domain.contact_overrides import LASTS, find_overridable
from portal.domain.errors import Conflict, DomainError, NotFound
from portal.domain.masking import mask_mobile, mask_name
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import Borrower, Call, CallItem, CallOverride, CallTask, Contact, Loan
from portal.queries.call_overrides import find_latest
from portal.queries.calls import (
    earlier_calls,
    find_not_noted,
    find_open_call,
    owed_today,
    tasks_of,
)
from portal.services.call_guard import Asked, ask_about_call
from portal.services.call_list import renew_lease
from portal.services.calls import open_call, say
from portal.web import sessions, writes
from portal.web.access import staff_page
from portal.web.labels import PRODUCTS, STAGES
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.forms import (
    OutcomeForm,
    OverrideForm,
    empty_outcome_form,
    override_form,
    with_choices,
)
from portal.web.review.calls.items import may_see, open_item
from portal.web.review.calls.whom import today_beside_limits
from portal.web.review.calls.words import (
    AGENCY_STATEMENTS,
    OUTCOME_HINTS,
    OUTCOMES,
    STATEMENTS,
    TASK_STATES,
    TASKS,
    refusal_words,
)
from portal.web.review.labels import CONTACT_RESULTS

Page = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class CallPageData:
    """What one sees of a loan that one holds. ``name`` and ``mobile`` are whole only while a call is open; sums once all was said."""

    item: CallItem
    loan: Loan
    call: Call | None
    is_on: bool
    """The call runs; else, where there is one, only its outcome is missing."""
    is_placed: bool
    """Nothing of a loan shows that has left the reader's agency: a call about it may still be noted."""
    name: str
    mobile: str
    owed_minor: int
    """Overdue today, with the penalty that grew since the book's day."""
    delinquent_days: int
    asked: Asked
    refusal: str
    counts: tuple[str, str]
    earlier: Sequence[tuple[Call, Contact, str]]
    tasks: Sequence[CallTask]
    override: CallOverride | None
    overridable: str | None
    now: datetime

    @property
    def shows_sums(self) -> bool:
        return self.call is not None and self.is_on and self.call.is_explained

    @property
    def is_override_live(self) -> bool:
        return self.override is not None and self.override.expires_at > self.now


@blueprint.get("/calls/<public_id>")
@staff_page(Permission.CALL_MAKE)
def call(person: StaffPerson, public_id: str) -> Page:
    item = open_item(person, public_id)
    return call_page(person, item)


@blueprint.post("/calls/<public_id>/open")
@staff_page(Permission.CALL_MAKE)
def open_one(person: StaffPerson, public_id: str) -> Page:
    """Ask the guard, keep the attempt, and only then show the number."""
    session, now = writes.database(), writes.business_now()
    item, key = open_item(person, public_id, is_locked=True), writes.portal().config.hash_key
    try:
        with writes.attempt():
            attempt = open_call(session, person.actor, item=item, key=key, now=now)
    except Conflict as error:
        return _refused(person, public_id, error)
    if attempt.call is None:
        return call_page(person, item), 409
    return redirect(url_for("review.call", public_id=public_id), 303)


@blueprint.post("/calls/<public_id>/said")
@staff_page(Permission.CALL_MAKE)
def said(person: StaffPerson, public_id: str) -> Page:
    """Tick what was said (rule C14)."""
    session, now = writes.database(), writes.business_now()
    item = open_item(person, public_id, is_locked=True)
    running = find_open_call(session, loan_id=item.loan_id, staff_id=person.id, now=now)
    if running is None:
        return _refused(person, public_id, Conflict("call_over"))
    ticked = [each for each in Statement if each.value in request.form.getlist("statements")]
    try:
        with writes.attempt():
            say(session, person.actor, call=running, statements=ticked, now=now)
    except Conflict as error:
        return _refused(person, public_id, error)
    except DomainError as error:
        flash(text_of(error), "problem")
        return redirect(url_for("review.call", public_id=public_id), 303)
    return redirect(url_for("review.call", public_id=public_id), 303)


@blueprint.post("/calls/<public_id>/heartbeat")
@staff_page(Permission.CALL_MAKE)
def call_heartbeat(person: StaffPerson, public_id: str) -> tuple[dict[str, str], int]:
    """Asked by the open page every few minutes: 200 while the loan is held, 409 once it is not."""
    sessions.mark_background()
    item = open_item(person, public_id)
    if not may_see(person, item):
        return {"code": "placement_over"}, 409
    until = renew_lease(writes.database(), person.actor, item=item, now=writes.now())
    return ({"until": until.isoformat()}, 200) if until else ({"code": "lease_needed"}, 409)


def call_page(
    person: StaffPerson,
    item: CallItem,
    *,
    form: OutcomeForm | None = None,
    override: OverrideForm | None = None,
) -> str:
    """The page of a loan that this person holds or has a call to note about; for others the way to take it, and nothing of the person."""
    session, now = writes.database(), writes.now()
    missing = find_not_noted(session, loan_id=item.loan_id, staff_id=person.id)
    is_held = item.leased_by == person.id and item.leased_until is not None and item.leased_until > now
    if missing is None and not is_held:
        return render_template("review/calls/not_held.html", item=item)
    page = _load(person, item, missing)
    if missing is None and not page.is_placed:
        raise NotFound("not_found")
    return render_template(
        "review/calls/call.html",
        page=page,
        outcome=with_choices(form or empty_outcome_form(), page.call, goes_on=page.is_placed),
        override_form=override or override_form(),
        statements=AGENCY_STATEMENTS if person.actor.is_agencys else STATEMENTS,
        outcome_words=OUTCOMES,
        outcome_hints={str(key): text for key, text in OUTCOME_HINTS.items()},
        results=CONTACT_RESULTS,
        tasks=TASKS,
        task_states=TASK_STATES,
        stages=STAGES,
        products=PRODUCTS,
        today=writes.today(),
        **({"form": form} if form is not None else {"form": override} if override is not None else {}),
    )


def _load(person: StaffPerson, item: CallItem, missing: Call | None) -> CallPageData:
    session, now = writes.database(), writes.business_now()
    borrower = session.get_one(Borrower, item.borrower_id)
    is_placed = may_see(person, item)
    is_on = is_placed and missing is not None and missing.ended_at is None and missing.lapses_at > now
    asked = ask_about_call(session, item, key=writes.portal().config.hash_key, at=now, now=now)
    refused = not asked.verdict.is_allowed and missing is None
    return CallPageData(
        item=item,
        loan=session.get_one(Loan, item.loan_id),
        call=missing,
        is_on=is_on,
        is_placed=is_placed,
        name=borrower.name if is_on else mask_name(borrower.name),
        mobile=borrower.mobile if is_on else mask_mobile(borrower.mobile),
        owed_minor=owed_today(session, item.loan_id, on=writes.today()),
        delinquent_days=(writes.today() - item.late_since).days,
        asked=asked,
        refusal=refusal_words(asked.verdict) if refused else "",
        counts=today_beside_limits(asked, now),
        earlier=earlier_calls(
            session, item.loan_id, agency_of=person.id if person.actor.is_agencys else None
        ),
        tasks=tasks_of(session, item.loan_id),
        override=find_latest(session, loan_id=item.loan_id, asked_by=person.id, since=now - 2 * LASTS),
        overridable=find_overridable(asked.verdict, asked.pack.overrides)
        if refused and person.actor.may(Permission.CALL_OVERRIDE_ASK)
        else None,
        now=now,
    )


def _refused(person: StaffPerson, public_id: str, error: Conflict) -> Page:
    """Somebody was first, or the time is over: said on the page as it is now."""
    flash(text_of(error), "warning")
    item = open_item(person, public_id)
    return call_page(person, item), 409
