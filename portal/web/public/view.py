"""The switch between the usual and the elder view."""

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from portal.web.access import public_page
from portal.web.elder_view import keep_view
from portal.web.public.blueprint import blueprint
from portal.web.safe_path import local_path


@blueprint.post("/view")
@public_page
def set_view() -> Response:
    """Remember the view and go back to the page it was chosen on."""
    response = make_response(redirect(local_path(request.form.get("next")), 303))
    keep_view(response, request.form.get("view", ""))
    return response
