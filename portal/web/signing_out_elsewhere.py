"""Ending one's own sessions elsewhere, for whichever audience, and what one is told of it."""

from flask import flash, request
from flask_babel import gettext, ngettext

from portal.domain.permissions import Actor
from portal.services.web_sessions import end_other_sessions, end_own_session
from portal.web import writes


def sign_out_there(actor: Actor) -> None:
    """Ends the session that the form names. The same answer for one that is over and for somebody else's."""
    handle = request.form.get("session", "")
    if end_own_session(writes.database(), actor, handle=handle, now=writes.now()):
        flash(gettext("Signed out there."), "success")
    else:
        flash(gettext("It had ended already."), "success")


def sign_out_elsewhere(actor: Actor) -> None:
    """Ends all but the one that asks."""
    count = end_other_sessions(writes.database(), actor, now=writes.now())
    flash(
        ngettext("Signed out at one other place.", "Signed out at %(num)s other places.", count)
        if count
        else gettext("You are signed in nowhere else."),
        "success",
    )
