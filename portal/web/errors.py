"""Refusals and failures as pages: calm, in the reader's language, with the request's number; the refusal's event is kept."""

import structlog
from flask import Flask, current_app, g, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as BaseResponse

from portal.domain.errors import AccessRefused, Damaged, DomainError
from portal.domain.permissions import Actor
from portal.messages import text_of
from portal.services.record import record
from portal.services.support_calls import end_lapsed_support_calls
from portal.web import context, sessions, writes
from portal.web.access import Audience, SignInNeeded, audience_missing, to_sign_in
from portal.web.damages import tell_damaged
from portal.web.dead_ends import DEAD_ENDS, DeadEnd
from portal.web.people import BorrowerPerson, StaffPerson
from portal.web.proof import ProofNeeded, ask_for_proof
from portal.web.security import comes_from_elsewhere
from portal.web.signed_in import visitor

log = structlog.get_logger()
_PAGES = frozenset({400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503})
_DATABASE_AWAY = (OperationalError, InterfaceError, NoConnectionLeft, TimeoutError)
_TRY_AGAIN_SECONDS = "10"


def init_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(SignInNeeded, to_sign_in)
    app.register_error_handler(ProofNeeded, ask_for_proof)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _failed_late)
    app.register_error_handler(Exception, _failed)


def error_page(status: int, message: str | None = None, error: DomainError | None = None) -> tuple[str, int]:
    """The page of a status, its own template where there is one."""
    page = status if status in _PAGES else (500 if status >= 500 else 400)
    if page >= 500:
        return _bare_page(page, message), status
    body = render_template(
        [f"errors/{page}.html", "errors/page.html"],
        status=page,
        message=message,
        error=error,
        megabytes=largest_megabytes(),
        request_id=g.get("request_id", ""),
    )
    return body, status


def largest_megabytes() -> int:
    """The largest upload, as the page of a refused one names it."""
    return int(current_app.config["MAX_CONTENT_LENGTH"]) >> 20


def _bare_page(page: int, message: str | None) -> str:
    """Drawn without person, session and database: any of them may be what failed."""
    template = current_app.jinja_env.get_template(f"errors/{page}.html")
    return template.render(
        context.support_and_language(), message=message, request_id=g.get("request_id", "")
    )


def _refused(error: DomainError) -> tuple[str, int]:
    if isinstance(error, AccessRefused):
        writes.open_for_writing()
        record(
            writes.database(),
            _actor(),
            "access:refused",
            now=writes.now(),
            endpoint=request.endpoint or "",
            code=error.code,
        )
        _end_calls_without_right()
    if isinstance(error, Damaged):
        tell_damaged(error)
        writes.let_go()
    dead_end = DEAD_ENDS.get(error.code)
    if dead_end is None or request.path.startswith("/desk"):
        return error_page(error.status, text_of(error), error)
    _record_refusal(error.code)
    if isinstance(error, Damaged):
        writes.keep()
    return dead_end_page(error.status, dead_end, text_of(error))


def _end_calls_without_right() -> None:
    """Who lost a role in the middle of a support call is on it no more. Staff of agencies never are on one."""
    if not writes.is_walled() and isinstance(current_user._get_current_object(), StaffPerson):  # noqa: SLF001
        end_lapsed_support_calls(writes.database(), now=writes.now())


def dead_end_page(status: int, dead_end: DeadEnd, message: str) -> tuple[str, int]:
    """Why, what would work, what to have ready, and the number that leads us to it."""
    body = render_template(
        "errors/dead_end.html", dead_end=dead_end, message=message, request_id=g.get("request_id", "")
    )
    return body, status


def _record_refusal(code: str) -> None:
    """So that the number on the page leads staff to it."""
    person = current_user._get_current_object() if current_user else None  # noqa: SLF001
    if not isinstance(person, BorrowerPerson):
        return
    writes.open_for_writing()
    record(
        writes.database(),
        person.actor,
        "refusal:met",
        now=writes.now(),
        borrower_id=person.id,
        endpoint=request.endpoint or "",
        code=code,
    )


def _actor() -> Actor:
    actor: Actor | None = getattr(current_user, "actor", None)
    return actor or visitor()


def _stale_form(error: CSRFError) -> tuple[str, int] | BaseResponse:
    """Where the sitting ended meanwhile, or was ended in another window, to the sign-in and back to the page; else the form is sent from
    its page again. What another site sent in somebody's name leads nowhere.
    """
    del error
    if comes_from_elsewhere():
        return error_page(400)
    if sessions.is_over():
        audience = Audience.STAFF if sessions.current().audience == "staff" else Audience.BORROWER
        return to_sign_in(SignInNeeded(audience))
    missing = audience_missing(current_app.view_functions.get(request.endpoint or ""))
    return error_page(400) if missing is None else to_sign_in(SignInNeeded(missing, is_unsent=True))


def _http(error: HTTPException) -> tuple[str, int] | BaseResponse:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    return error_page(error.code)


def _failed(error: Exception) -> BaseResponse:
    is_away = isinstance(error, _DATABASE_AWAY) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    log.error(
        "database_away" if is_away else "request_failed",
        error=type(error).__name__,
        endpoint=request.endpoint,
        exc_info=error,
    )
    response = current_app.make_response(error_page(503 if is_away else 500))
    if is_away:
        response.headers["Retry-After"] = _TRY_AGAIN_SECONDS
    return response


def _failed_late(error: InternalServerError) -> tuple[str, int] | BaseResponse:
    """What fails after the view has answered, where the transaction ends, comes wrapped."""
    inner = error.original_exception
    return _failed(inner) if isinstance(inner, Exception) else _http(error)
