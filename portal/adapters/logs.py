"""Where log lines go: JSON on standard error, readable lines on a terminal. Never personal data."""

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import TextIO

import structlog
from structlog.types import EventDict, WrappedLogger

from portal.domain.errors import DomainError


def configure_logs(stream: TextIO | None = None) -> None:
    """``stream`` is standard error where none is given."""
    stream = stream or sys.stderr
    pretty = stream.isatty()
    renderer = structlog.dev.ConsoleRenderer(colors=pretty) if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_where_it_failed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )


def tell_where_it_failed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """``exc_info`` as types and lines of code, without messages: a database puts whole rows into them, others what was typed."""
    said = event.pop("exc_info", None)
    error = sys.exc_info()[1] if said is True else said[1] if isinstance(said, tuple) else said
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    """The cause first, as Python tells it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"
    code = f" {error.code}" if isinstance(error, DomainError) else ""
    yield f"{type(error).__module__}.{type(error).__name__}{code}"
