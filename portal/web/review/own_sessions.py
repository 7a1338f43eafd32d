"""Where one is signed in oneself, and ending it there."""

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from portal.domain.permissions import Permission
from portal.queries.web_sessions import live_sessions, session_handle
from portal.services.web_sessions import end_other_sessions, end_own_session
from portal.web import sessions, writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of one's own sessions; ``is_here`` is the one that asks."""

    handle: str
    created_at: datetime
    seen_at: datetime
    browser: str
    is_here: bool


def own_sessions(person: StaffPerson) -> list[OwnSession]:
    """The newest first, this one among them."""
    here = session_handle(person.actor.session_key)
    lines = live_sessions(
        writes.database(), "staff", person.id, now=writes.now(), idle=sessions.LIMITS["staff"].idle
    )
    return [
        OwnSession(line.handle, line.created_at, line.seen_at, line.browser, line.handle == here)
        for line in lines
    ]


@blueprint.post("/me/sessions/end")
@staff_page(Permission.DESK_SEE)
def end_my_session(person: StaffPerson) -> Response:
    """The same answer for one that is over and for somebody else's."""
    handle = request.form.get("session", "")
    if end_own_session(writes.database(), person.actor, handle=handle, now=writes.now()):
        flash(gettext("Signed out there."), "success")
    else:
        flash(gettext("It had ended already."), "success")
    return redirect(url_for("review.account"), 303)


@blueprint.post("/me/sessions/end-others")
@staff_page(Permission.DESK_SEE)
def end_my_other_sessions(person: StaffPerson) -> Response:
    count = end_other_sessions(writes.database(), person.actor, now=writes.now())
    flash(
        ngettext("Signed out at one other place.", "Signed out at %(num)s other places.", count)
        if count
        else gettext("You are signed in nowhere else."),
        "success",
    )
    return redirect(url_for("review.account"), 303)
