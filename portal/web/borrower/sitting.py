"""How long a sitting lasts, as the server knows it; staying signed in; and keeping what is typed until it is sent."""

import json

from flask import Response, jsonify, request
from flask_login import current_user

from portal.domain.errors import DomainError
from portal.queries.typed_drafts import find_typed
from portal.services.typed_drafts import KEPT_FOR, drop_typed, keep_typed
from portal.web import sessions, writes
from portal.web.access import borrower_page
from portal.web.borrower.blueprint import blueprint
from portal.web.people import BorrowerPerson
from portal.web.safe_path import local_path


@blueprint.get("/session/left")
@borrower_page
def session_left(person: BorrowerPerson) -> Response:
    """Asked by an open page: it does not lengthen anything."""
    del person
    sessions.mark_background()
    return _left()


@blueprint.post("/session/stay")
@borrower_page
def session_stay(person: BorrowerPerson) -> Response:
    """Somebody is there."""
    del person
    sessions.touch()
    return _left()


@blueprint.post("/session/typed")
@borrower_page
def session_keep(person: BorrowerPerson) -> Response:
    """Somebody types: that is being there, too."""
    keep_typed(
        writes.database(),
        person.id,
        path=local_path(request.form.get("path")),
        typed=_typed(request.form.get("typed", "")),
        now=writes.now(),
    )
    sessions.touch()
    return _left()


@blueprint.app_template_global()
def typed_before() -> str:
    """JSON of what this person typed on this page and did not send; empty where nothing was."""
    person = current_user._get_current_object() if current_user else None  # noqa: SLF001 - no other way past its proxy
    if not isinstance(person, BorrowerPerson) or request.method != "GET":
        return ""
    since = writes.now() - KEPT_FOR
    typed = find_typed(writes.database(), person.id, path=request.path, since=since)
    return json.dumps(typed, ensure_ascii=False) if typed else ""


@blueprint.after_request
def _forget_what_was_sent(response: Response) -> Response:
    if response.status_code != 303:  # what was too large to be read is not to be read a second time
        return response
    person = current_user._get_current_object() if "kept" in request.form else None  # noqa: SLF001
    if isinstance(person, BorrowerPerson):
        drop_typed(writes.database(), person.id, path=request.path)
    return response


def _typed(text: str) -> dict[str, str]:
    """Raises ``typed_unclear``."""
    try:
        typed = json.loads(text)
    except (ValueError, RecursionError):  # brackets within brackets by the thousand
        raise DomainError("typed_unclear") from None
    if not isinstance(typed, dict) or not all(isinstance(value, str) for value in typed.values()):
        raise DomainError("typed_unclear")
    return typed


def _left() -> Response:
    left = sessions.time_left()
    return jsonify(ends_in=left.seconds if left else 0, last_in=left.at_most if left else 0)
