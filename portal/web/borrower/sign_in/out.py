"""Signing out."""

from flask import make_response, redirect, url_for
from werkzeug.wrappers import Response

from portal.services.sign_in import end_session
from portal.web import writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson
from portal.web.signed_in import sign_out as forget_session


@blueprint.post("/sign-out")
@borrower_page
def sign_out(person: BorrowerPerson) -> Response:
    """End the session here and on the server; the known device stays known."""
    end_session(writes.database(), person.actor, now=writes.now())
    forget_session()
    response = make_response(redirect(url_for("borrower.sign_in", left=1), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
