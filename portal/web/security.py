"""What every answer carries, and what an unsafe request must bring."""

import re
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import SecurityError

from portal.services.references import new_reference
from portal.web import sessions, writes
from portal.web.static_files import static_version

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


_FROM_MACHINES = ("portal.web.public.receipts.sms_receipts",)
"""What no browser sends: the address carries a key, and no cookie gives it any right."""
_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_KEPT = "public, max-age=31536000, immutable"


def init_security(app: Flask) -> None:
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a token lives as long as its session
    app.config["WTF_CSRF_SSL_STRICT"] = (
        False  # WeChat's browser sends no Referer; origin is checked below instead
    )
    app.before_request(sessions.refuse_unread)
    csrf = CSRFProtect(app)
    for view in _FROM_MACHINES:
        csrf.exempt(view)
    app.before_request(_refuse_foreign_origin)
    app.before_request(_refuse_null_characters)
    app.after_request(_add_headers)


def begin_request() -> Response | None:
    """Gives the request its id; a host that is not ours gets no page, for every address on one would be built from it."""
    g.request_id, g.given_id = new_reference("R"), _given_id()
    if isinstance(request.routing_exception, SecurityError):
        return Response("This host is not served here.", 400, mimetype="text/plain")
    return None


def _given_id() -> str | None:
    """What a proxy before us calls this request, where that is a UUID and cannot be anybody's number: for the logs, not for people."""
    given = request.headers.get("X-Request-ID", "").lower()
    return given if _UUID.fullmatch(given) else None


def _refuse_foreign_origin() -> None:
    if request.method not in writes.SAFE_METHODS and comes_from_elsewhere():
        abort(400)


def comes_from_elsewhere() -> bool:
    """Sec-Fetch-Site or Origin, where the browser sends them, must be ours on unsafe methods."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    return origin is not None and origin not in {"", "null"} and _host_of(origin) != request.host


def _host_of(origin: str) -> str | None:
    """None where it is no address, which no browser sends."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _refuse_null_characters() -> None:
    """Nobody types them, and PostgreSQL keeps none in text: better a clear answer than a failure further down."""
    if "\0" in request.path:
        abort(404)
    typed = (value for values in (request.args, request.form) for _, value in values.items(multi=True))
    if any("\0" in value for value in typed):
        abort(400)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if "request_id" in g:
        headers["X-Request-ID"] = g.given_id or g.request_id
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if writes.portal().config.secure_cookies:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        headers["Cache-Control"] = _KEPT if _is_own_version() else "no-cache"
    else:
        headers.setdefault("Cache-Control", "no-store")
    return response


def _is_own_version() -> bool:
    """Whether a static file was asked for by the version that it has here: another one's must not be kept under this address."""
    asked, name = request.args.get("v"), (request.view_args or {}).get("filename", "")
    return asked is not None and asked == static_version(current_app, name)
