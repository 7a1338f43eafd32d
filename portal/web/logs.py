"""Structured logs: one line a request, with its id and without personal data."""

import time

import structlog
from flask import Flask, Response, g, request


def init_logs(app: Flask) -> None:
    log = structlog.get_logger()

    @app.before_request
    def _begin() -> None:
        g.started = time.perf_counter()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def _line(response: Response) -> Response:
        if request.endpoint != "static":
            # The endpoint, never the path: a path may carry what only its reader should know.
            log.info(
                "request",
                method=request.method,
                endpoint=request.endpoint,
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
            )
        structlog.contextvars.clear_contextvars()
        return response
