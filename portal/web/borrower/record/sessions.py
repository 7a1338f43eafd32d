"""Where one is signed in, and ending it there: on a telephone that was lent, lost or sold."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from portal.queries.web_sessions import live_sessions, session_handle
from portal.services.web_sessions import MOST_SESSIONS, end_other_sessions, end_own_session
from portal.web import sessions, writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson


@blueprint.get("/record/sessions")
@borrower_page
def record_sessions(person: BorrowerPerson) -> str:
    lines = live_sessions(
        writes.database(), "borrower", person.id, now=writes.now(), idle=sessions.longest_idle("borrower")
    )
    return render_template(
        "borrower/record/sessions.html",
        lines=lines,
        here=session_handle(person.actor.session_key),
        most=MOST_SESSIONS["borrower"],
    )


@blueprint.post("/record/sessions/end")
@borrower_page
def record_end_session(person: BorrowerPerson) -> Response:
    """The same answer for one that is over and for somebody else's."""
    handle = request.form.get("session", "")
    if end_own_session(writes.database(), person.actor, handle=handle, now=writes.now()):
        flash(gettext("Signed out there."), "success")
    else:
        flash(gettext("It had ended already."), "success")
    return redirect(url_for("borrower.record_sessions"), 303)


@blueprint.post("/record/sessions/end-others")
@borrower_page
def record_end_other_sessions(person: BorrowerPerson) -> Response:
    count = end_other_sessions(writes.database(), person.actor, now=writes.now())
    flash(
        ngettext("Signed out at one other place.", "Signed out at %(num)s other places.", count)
        if count
        else gettext("You are signed in nowhere else."),
        "success",
    )
    return redirect(url_for("borrower.record_sessions"), 303)
