"""Structured logs: one line a request, with its id and without personal data."""

import logging
import time

import structlog
from flask import Flask, Response, g, request

from portal.web.addresses import is_id
from portal.web.methods import told_method

_CASES = ("/desk/cases/", "/desk/service/")


class _ToOurLog(logging.Handler):
    """What Flask itself has to say: its text names the path, so only the failure goes on."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().error("flask", level_said=record.levelname, exc_info=record.exc_info)


def init_logs(app: Flask) -> None:
    log = structlog.get_logger()
    app.logger.handlers = [_ToOurLog()]
    app.logger.propagate = False

    @app.before_request
    def _begin() -> None:
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, **_given_id(), **_case())

    @app.after_request
    def _line(response: Response) -> Response:
        if request.endpoint != "static":
            # The endpoint, never the path: a path may carry what only its reader should know.
            log.info(
                "request",
                method=told_method(request.method),
                endpoint=request.endpoint,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            )
        return response

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        # Not before: what goes wrong at the commit is told with its request's id too.
        structlog.contextvars.clear_contextvars()


def _given_id() -> dict[str, str]:
    """What the proxy's own lines call the request."""
    return {"proxy_request_id": g.given_id} if g.given_id else {}


def _case() -> dict[str, str]:
    """The public id of the case that staff work on: it opens nothing for anybody who has no right to it. A borrower's address says none.

    What looks like none was typed by somebody, and may be anything.
    """
    said = str((request.view_args or {}).get("public_id", ""))
    is_case = str(request.url_rule or "").startswith(_CASES) and is_id(said)
    return {"case": said} if is_case else {}
