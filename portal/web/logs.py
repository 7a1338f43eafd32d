"""Structured logs: one line a request, with its id and without personal data."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request


def configure_logs(*, is_terminal: bool | None = None) -> None:
    pretty = sys.stderr.isatty() if is_terminal is None else is_terminal
    renderer = structlog.dev.ConsoleRenderer(colors=pretty) if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


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
