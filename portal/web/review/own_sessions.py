"""Where one is signed in oneself, and ending it there."""

from dataclasses import dataclass
from datetime import datetime

from flask import redirect, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Permission
from portal.queries.web_sessions import live_sessions, session_handle
from portal.web import sessions, writes
from portal.web.access import staff_page
from portal.web.people import StaffPerson
from portal.web.review.blueprint import blueprint
from portal.web.signing_out_elsewhere import sign_out_elsewhere, sign_out_there


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
        writes.database(), "staff", person.id, now=writes.now(), idle=sessions.idle_times("staff")
    )
    return [
        OwnSession(line.handle, line.created_at, line.seen_at, line.browser, line.handle == here)
        for line in lines
    ]


@blueprint.post("/me/sessions/end")
@staff_page(Permission.DESK_SEE)
def end_my_session(person: StaffPerson) -> Response:
    sign_out_there(person.actor)
    return redirect(url_for("review.account"), 303)


@blueprint.post("/me/sessions/end-others")
@staff_page(Permission.DESK_SEE)
def end_my_other_sessions(person: StaffPerson) -> Response:
    sign_out_elsewhere(person.actor)
    return redirect(url_for("review.account"), 303)
