"""Where one is signed in, and ending it there: on a telephone that was lent, lost or sold."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.queries.web_sessions import live_sessions, session_handle
from portal.services.web_sessions import MOST_SESSIONS
from portal.web import sessions, writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson
from portal.web.signing_out_elsewhere import sign_out_elsewhere, sign_out_there


@blueprint.get("/record/sessions")
@borrower_page
def record_sessions(person: BorrowerPerson) -> str:
    lines = live_sessions(
        writes.database(), "borrower", person.id, now=writes.now(), idle=sessions.idle_times("borrower")
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
    sign_out_there(person.actor)
    return redirect(url_for("borrower.record_sessions"), 303)


@blueprint.post("/record/sessions/end-others")
@borrower_page
def record_end_other_sessions(person: BorrowerPerson) -> Response:
    sign_out_elsewhere(person.actor)
    return redirect(url_for("borrower.record_sessions"), 303)
