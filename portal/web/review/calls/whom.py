"""Whom to call next: the list, each row with what the guard says of a call now, and the button that takes the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, url_for
from flask_babel import LazyString, gettext
from werkzeug.wrappers import Response

from portal.desk_words import SUMS
from portal.domain.call_choices import LONG_AGO
from portal.domain.contact_frequency import count_today
from portal.domain.errors import Conflict, DomainError
from portal.domain.masking import mask_name
from portal.domain.permissions import Permission
from portal.domain.queue_choices import SumBand
from portal.i18n import format_date
from portal.messages import text_of
from portal.queries.agencies import agency_of
from portal.queries.call_list import CallRow, call_page, waiting_counts
from portal.queries.calls import unfinished_calls
from portal.queries.creditors import currencies_in_use
from portal.services.call_guard import Asked, ask_about_rows
from portal.services.call_list import Taken, give_back, take_call, take_next_call
from portal.services.calls import end_lapsed_calls
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.addresses import (
    address_of,
    chosen,
    filter_form,
    filter_of,
    place_of,
    values_of,
)
from portal.web.review.calls.items import open_item
from portal.web.review.calls.words import TASKS, refusal_words, said_moment


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as it is shown: the person masked, the sum as a band (rule C14), and today's calls beside what is allowed."""

    row: CallRow
    name: str
    sum_band: LazyString
    promised: str
    last_called_at: datetime | None
    is_allowed: bool
    refusal: str
    conversations: str
    unanswered: str


@blueprint.get("/calls")
@staff_page(Permission.CALL_SEE)
def calls(person: StaffPerson) -> str:
    session, wanted = writes.database(), filter_of(person.actor, chosen())
    page = call_page(session, wanted, key=place_of(chosen()))
    due, found = waiting_counts(session, wanted)
    return render_template(
        "review/calls/list.html",
        agency=agency_of(session, person.id, on=wanted.now.date()) if wanted.is_agencys else None,
        rows=_shown(page.rows),
        wanted=wanted,
        values=values_of(wanted),
        filters=filter_form(wanted, currencies_in_use(session)),
        due=due,
        found=found,
        unfinished=unfinished_calls(session, now=writes.now(), staff_id=person.id),
        previous_url=address_of(wanted, before=page.before),
        next_url=address_of(wanted, after=page.after),
    )


@blueprint.post("/calls/next")
@staff_page(Permission.CALL_MAKE)
def next_call(person: StaffPerson) -> Response:
    """The next that may be called now; whoever left a call without an outcome is asked for it first."""
    session, now = writes.database(), writes.business_now()
    end_lapsed_calls(session, now=now)
    unfinished = unfinished_calls(session, now=now, staff_id=person.id, most=1)
    if unfinished:
        flash(gettext("Note first what became of your last call."), "warning")
        return _to_call(unfinished[0].public_id)
    key, wanted = writes.portal().config.hash_key, filter_of(person.actor, chosen())
    try:
        with writes.attempt():
            taken = take_next_call(session, person.actor, wanted=wanted, key=key, now=now)
    except DomainError as error:
        if error.code != "staff_away":
            raise
        flash(text_of(error), "warning")
        return redirect(url_for("review.calls"), 303)
    if taken.item is not None:
        return _to_call(taken.item.public_id)
    flash(_nobody(taken), "notice")
    return redirect(url_for("review.calls", **values_of(wanted)), 303)  # type: ignore[arg-type]


@blueprint.post("/calls/<public_id>/take")
@staff_page(Permission.CALL_MAKE)
def take_one(person: StaffPerson, public_id: str) -> Response:
    session, now = writes.database(), writes.business_now()
    item = open_item(person, public_id, is_locked=True)
    end_lapsed_calls(session, now=now)
    try:
        with writes.attempt():
            take_call(session, person.actor, item=item, now=now)
    except DomainError as error:
        if not isinstance(error, Conflict) and error.code != "staff_away":
            raise
        flash(text_of(error), "warning")
        return redirect(url_for("review.calls"), 303)
    return _to_call(public_id)


@blueprint.post("/calls/<public_id>/skip")
@staff_page(Permission.CALL_MAKE)
def skip(person: StaffPerson, public_id: str) -> Response:
    session = writes.database()
    item = open_item(person, public_id, is_locked=True)
    try:
        with writes.attempt():
            give_back(session, person.actor, item=item, reason="skipped", now=writes.now())
    except Conflict as error:
        flash(text_of(error), "warning")
        return _to_call(public_id)
    return redirect(url_for("review.calls"), 303)


def today_beside_limits(asked: Asked, now: datetime) -> tuple[str, str]:
    """``2 of 3 today``: conversations and unanswered calls; empty where the country has no such limit."""
    counted = count_today(asked.facts, asked.pack, number=asked.number, now=now)
    limits = (asked.pack.conversations_a_day, asked.pack.unanswered_a_day)
    first, second = (
        "" if limit is None else str(gettext("%(count)s of %(limit)s today", count=count, limit=limit))
        for count, limit in zip(counted, limits, strict=True)
    )
    return first, second


def _shown(rows: Sequence[CallRow]) -> Sequence[ShownRow]:
    now, key = writes.business_now(), writes.portal().config.hash_key
    asked = ask_about_rows(writes.database(), list(rows), key=key, now=now)
    return [_shown_row(row, asked[row.loan_id], now) for row in rows]


def _shown_row(row: CallRow, asked: Asked, now: datetime) -> ShownRow:
    conversations, unanswered = today_beside_limits(asked, now)
    return ShownRow(
        row=row,
        name=mask_name(row.name),
        sum_band=SUMS[_band(row.amount_minor, row.currency)],
        promised=_promised(row),
        last_called_at=row.last_called_at if row.last_called_at > LONG_AGO else None,
        is_allowed=asked.verdict.is_allowed,
        refusal="" if asked.verdict.is_allowed else refusal_words(asked.verdict),
        conversations=conversations,
        unanswered=unanswered,
    )


def _promised(row: CallRow) -> str:
    if row.promised_at is None or row.promised_kind is None:
        return ""
    if row.promised_kind == "promise":
        last = row.promised_at.astimezone(writes.clock().zone).date() - timedelta(days=1)
        return str(gettext("Promise to pay until %(day)s", day=format_date(last)))
    return f"{TASKS[row.promised_kind]}{gettext(': ')}{said_moment(row.promised_at)}"


def _band(minor: int, currency: str) -> SumBand:
    return next(band for band in SumBand if (high := band.bounds(currency)[1]) is None or minor < high)


def _nobody(taken: Taken) -> str:
    if taken.has_more:
        return str(gettext("The first of the list cannot be called now. Press again to go on behind them."))
    if taken.refused is not None:
        return str(gettext("Nobody can be called now. %(why)s", why=refusal_words(taken.refused)))
    return str(gettext("Nobody is to be called right now."))


def _to_call(public_id: str) -> Response:
    return redirect(url_for("review.call", public_id=public_id), 303)
