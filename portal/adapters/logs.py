"""Where log lines go: JSON on standard error, readable lines on a terminal. Never personal data."""

import logging
import sys

import structlog


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
