"""Counting answers, where monitoring is set up."""

import time

from flask import Flask, Response, g, request

from portal.web.methods import told_method


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
        metrics.REQUESTS.labels(endpoint, told_method(request.method), response.status_code).inc()
        for code in g.get("damaged", ()):
            metrics.DAMAGED.labels(code).inc()
        if "started" in g:
            metrics.REQUEST_SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
        return response
