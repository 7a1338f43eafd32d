"""The language switch."""

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from portal.i18n import LOCALES
from portal.web.access import public_page
from portal.web.cookies import keep_choice
from portal.web.public.blueprint import blueprint
from portal.web.safe_path import local_path


@blueprint.post("/language")
@blueprint.post("/desk/language", endpoint="set_desk_language")
@public_page
def set_language() -> Response:
    """Remember the language and go back to the page it was chosen on.

    The desk has an address of its own: its forms carry the token of its own session.
    """
    response = make_response(redirect(local_path(request.form.get("next")), 303))
    language = request.form.get("language", "")
    if language in LOCALES:
        keep_choice(response, "language", language)
    return response
