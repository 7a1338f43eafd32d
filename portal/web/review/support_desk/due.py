"""What was promised in support calls and is due: by borrowers to pay, by us to call back; and the calls still to be wrapped up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict
from portal.domain.masking import mask_name
from portal.domain.permissions import Permission
from portal.messages import text_of
from portal.models import CallTask
from portal.queries.support_desk import DueTask, due_tasks, find_unwrapped, get_support_task
from portal.services.support_wrap_ups import miss_call_back
from portal.web import writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.review.calls.words import TASKS, said_moment


@dataclass(frozen=True, slots=True)
class ShownTask:
    """A task, with the person masked; ``is_late`` once its time is over."""

    due: DueTask
    name: str
    is_late: bool


@blueprint.get("/support/due")
@staff_page(Permission.SUPPORT_TASKS)
def support_due(person: StaffPerson) -> str:
    """All of today's, and what is left of earlier days; whoever is at the desk calls back."""
    session, now = writes.database(), writes.now()
    tasks = due_tasks(session, staff_id=person.id, until=now + timedelta(hours=24))
    return render_template(
        "review/support_desk/due.html",
        tasks=[ShownTask(due, mask_name(due.borrower.name), due.task.due_at <= now) for due in tasks],
        names=TASKS,
        unwrapped=find_unwrapped(session, person.id, now=now),
    )


@blueprint.post("/support/due/missed")
@staff_page(Permission.SUPPORT_CALL)
def miss_support_call_back(person: StaffPerson) -> Response:
    """Called, and not reached: it comes up again in two hours. What is no task any more is said so."""
    text = request.form.get("task", "")
    task_id = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    try:
        task = get_support_task(writes.database(), task_id)
        again = miss_call_back(
            writes.database(), person.actor, task=task, seen=_seen(task), now=writes.business_now()
        )
    except Conflict as error:
        flash(text_of(error), "notice")
    else:
        flash(gettext("It comes up again: %(moment)s.", moment=said_moment(again)), "success")
    return redirect(url_for("review.support_due"), 303)


def _seen(task: CallTask) -> datetime:
    """When it was due on the page that was sent; a form without it is of no page of ours, and puts nothing off."""
    try:
        return datetime.fromisoformat(request.form.get("due", ""))
    except ValueError:
        return task.due_at - timedelta.resolution
