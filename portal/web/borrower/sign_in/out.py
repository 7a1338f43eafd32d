"""Signing out."""

from flask import flash, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.services.sign_in import forget_device
from portal.services.web_sessions import sign_out_here
from portal.web import writes
from portal.web.access import borrower_page, public_page
from portal.web.borrower.blueprint import blueprint
from portal.web.borrower.sign_in.finish import device_cookie, device_token
from portal.web.cookies import drop_cookie
from portal.web.people import BorrowerPerson
from portal.web.signed_in import sign_out as forget_session
from portal.web.signed_in import visitor


@blueprint.post("/sign-out")
@borrower_page
def sign_out(person: BorrowerPerson) -> Response:
    """End the session here and on the server; the known device stays known."""
    sign_out_here(writes.database(), person.actor, now=writes.now())
    forget_session()
    response = make_response(redirect(url_for("borrower.sign_in", left=1), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.post("/sign-in/forget-device")
@public_page
def forget_this_device() -> Response:
    """For a phone that others use too: from now on it asks for the ID's ending again. Anybody who holds it may say so."""
    token = device_token(request)
    if token:
        forget_device(writes.database(), visitor(), token=token, now=writes.now())
    flash(
        gettext("This device is forgotten. Whoever signs in here next is asked for the ID again."), "success"
    )
    response = make_response(redirect(url_for("borrower.sign_in"), 303))
    drop_cookie(response, device_cookie())
    return response
