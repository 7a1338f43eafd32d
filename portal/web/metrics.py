"""Counting answers, where monitoring is set up."""

import time
from typing import Final

from flask import Flask, Response, g, request

_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
"""Anybody can send any other word: none of them becomes a label."""


def init_metrics(app: Flask) -> None:
    """Nothing is loaded or counted where there is no token to read it with."""
    portal = app.extensions["portal"]
    if not portal.config.metrics_token:
        return
    from portal.adapters import metrics  # noqa: PLC0415 - read once the folder that processes share is named

    metrics.count_events(portal.engine)

    @app.after_request
    def _count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        method = request.method if request.method in _METHODS else "other"
        metrics.REQUESTS.labels(endpoint, method, response.status_code).inc()
        for code in g.get("damaged", ()):
            metrics.DAMAGED.labels(code).inc()
        if "started" in g:
            metrics.REQUEST_SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
        return response
