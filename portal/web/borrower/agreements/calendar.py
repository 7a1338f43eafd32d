"""The dates of a plan as a calendar file. By default it says nothing that anybody who reads the calendar could understand."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from itertools import groupby

from flask import Response, request
from flask_babel import gettext

from portal.adapters.calendar_files import CalendarEvent, calendar_file
from portal.domain.plan_progress import RowProgress
from portal.i18n import format_money
from portal.queries.plan_changes import find_changes
from portal.queries.proposals import get_agreement_of
from portal.queries.running_plans import RunningPlan, plan_under
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.agreements.page import is_in_force
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson

_REMINDERS = (timedelta(hours=-15), timedelta(hours=9))
"""From the day's midnight: nine in the morning, the day before and on the day."""


@blueprint.get("/agreements/<agreement_id>/dates.ics")
@borrower_page
def agreement_calendar(person: BorrowerPerson, agreement_id: str) -> Response:
    """One event a day on which something is paid. Imported again they are the same events; those of a plan that is over, and those
    that earlier files had beside another of the day, are taken back.
    """
    session = writes.database()
    found = get_agreement_of(session, person.id, agreement_id)
    running = plan_under(session, found, on=writes.today())
    events = list(_events(running, says_sums=request.args.get("sums") == "yes"))
    if (before := find_changes(session, running.proposal).before) is not None:
        old = plan_under(session, before, on=writes.today())
        events += [event for event in _events(old, says_sums=False) if event.is_cancelled]
    body = calendar_file(events, stamp=found.approved_at)
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="dates.ics"'
    return response


def _events(running: RunningPlan, *, says_sums: bool) -> Iterator[CalendarEvent]:
    for rows in _together(running):
        is_met = all(row.is_met for row in rows)
        is_over = not is_met and not is_in_force(running)
        yield CalendarEvent(
            uid=_uid(running.agreement.public_id, rows[0]),
            day=rows[0].row.due_on,
            title=_title(sum(row.row.due for row in rows), running.plan.currency, says_sums=says_sums),
            reminders=() if is_met or is_over else _REMINDERS,
            is_cancelled=is_over,
            is_given_anew=running.proposal.reinstated_on is not None,
        )
        yield from (_taken_back(running, row) for row in rows[1:])


def _taken_back(running: RunningPlan, row: RowProgress) -> CalendarEvent:
    """What another event of the day counts too: earlier files had an event for each payment, and its sum would stand twice."""
    return CalendarEvent(
        uid=_uid(running.agreement.public_id, row),
        day=row.row.due_on,
        title=_title(row.row.due, running.plan.currency, says_sums=False),
        is_cancelled=True,
        is_given_anew=running.proposal.reinstated_on is not None,
    )


def _together(running: RunningPlan) -> Iterator[list[RowProgress]]:
    """What is paid on one day, the plan's own first. What is taken back stands one by one: earlier files had an event for each."""
    if not is_in_force(running):
        yield from ([row] for row in running.progress.rows)
        return
    ordered = sorted(running.progress.rows, key=lambda row: (row.row.due_on, row.row.is_running))
    for _day, rows in groupby(ordered, key=lambda row: row.row.due_on):
        yield list(rows)


def _title(minor: int, currency: str, *, says_sums: bool) -> str:
    if not says_sums:
        return str(gettext("Note for today"))
    return str(gettext("Payment of %(sum)s", sum=format_money(minor, currency)))


def _uid(agreement_id: str, row: RowProgress) -> str:
    """Stable, and telling nothing: neither the lender nor the agreement."""
    return sha256(f"{agreement_id} {row.row.is_running} {row.row.number}".encode()).hexdigest()[:32]
