"""Kept files that are not what was kept once: whoever runs the portal learns of each by a log line, and by a count."""

import structlog
from flask import g, request

from portal.domain.errors import Damaged

log = structlog.get_logger()


def tell_damaged(error: Damaged) -> None:
    """With the request's number and the SHA-256 that it was kept under; nothing of the file and of nobody."""
    log.error(error.code, endpoint=request.endpoint, exc_info=error, **error.details)
    g.setdefault("damaged", []).append(error.code)
