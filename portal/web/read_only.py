"""While the portal is read-only every act is put off: a calm page in the reader's language, with what was typed on it."""

from typing import Final

from flask import Flask, current_app, g, make_response, request
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response
from wtforms import ValidationError

from portal.db import transaction
from portal.queries.operations import is_read_only
from portal.web import context, writes
from portal.web.security import comes_from_elsewhere

AGAIN_SECONDS: Final = "300"
_TOKENS: Final = frozenset({"csrf_token", "proof_code"})
"""What is made or asked for anew when the form is sent again."""
SECRET: Final = frozenset({"code", "ending", "old", "password", "again"}) | _TOKENS
"""Codes and passwords, which no page gives back; forms that ask for one are sent from their own page."""
SHOWN_FROM: Final = 20
"""Characters: what is shorter is soon typed again, or was only chosen."""


def init_read_only(app: Flask) -> None:
    """To be called before what else may refuse an act: whoever is put off is told so, whatever else is wrong with the form."""
    app.before_request(_put_off)


def _put_off() -> Response | None:
    if request.method in writes.SAFE_METHODS or request.routing_exception is not None:
        return None
    if not _is_read_only():
        return None
    response = make_response(_page(), 503)
    response.headers["Retry-After"] = AGAIN_SECONDS
    return response


def _is_read_only() -> bool:
    """Read with the session of whoever is signed in; else asked here."""
    if "read_only_reason" in g:
        return g.read_only_reason is not None
    with transaction(writes.portal().engine, writes=False) as session:
        return is_read_only(session)


def _page() -> str:
    """Drawn without person and database. Only a form of ours gets its contents back: anybody else's would be sent with our token."""
    typed = _typed() if _is_ours() else []
    whole = not request.files and not (SECRET - _TOKENS) & set(request.form)
    template = current_app.jinja_env.get_template("errors/read_only.html")
    return template.render(
        context.support_and_language(),
        request_id=g.get("request_id", ""),
        typed=typed,
        texts=[value for _, value in typed if len(value) > SHOWN_FROM],
        can_be_sent=bool(typed) and whole,
        action=request.full_path if request.query_string else request.path,
    )


def _is_ours() -> bool:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return not comes_from_elsewhere()


def _typed() -> list[tuple[str, str]]:
    """Secrets are not written onto a page."""
    return [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name not in SECRET and "\0" not in value
    ]
