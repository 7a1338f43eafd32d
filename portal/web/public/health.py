"""Is the process alive, can it reach its database, and how much is left to send messages with?"""

import hmac

from flask import Response, abort, request

from portal import draining
from portal.db import fits_program
from portal.queries.operations import is_read_only
from portal.web import writes
from portal.web.access import public_page
from portal.web.message_budget import budget_standing
from portal.web.public.blueprint import blueprint


@blueprint.get("/health")
@blueprint.get("/healthz")
@public_page
def health() -> dict[str, str]:
    """The process answers; the database is not asked."""
    return {"status": "alive"}


@blueprint.get("/ready")
@blueprint.get("/readyz")
@public_page
def ready() -> tuple[dict[str, str], int]:
    """``ready``, or ``read_only`` while nothing may be changed; with status 503 ``migrating`` where tables and program are of two
    versions that do not go together, ``ending`` where the server was asked to end and is about to.

    Without a database it is the page of every failure, with status 503.
    """
    if draining.has_begun():
        return {"status": "ending"}, 503
    session = writes.database()
    if not fits_program(session):
        return {"status": "migrating"}, 503
    return {"status": "read_only" if is_read_only(session) else "ready"}, 200


@blueprint.get("/metrics")
@public_page
def metrics() -> Response:
    """What Prometheus reads. Without a token of the deployment there is no such page, and without that token neither."""
    portal = writes.portal()
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = portal.config.metrics_token
    if not token or not hmac.compare_digest(shown.encode(), token.encode()):
        abort(404)
    from portal.adapters.metrics import metrics_text  # noqa: PLC0415 - see portal.web.metrics

    said = metrics_text(portal.config, portal.engine, writes.now())
    return Response(said, mimetype="text/plain")


@blueprint.get("/health/messages")
@public_page
def message_health() -> dict[str, str]:
    """``ok``, ``near`` a limit of the budget, or ``reached``: no collection message goes out. No figures: anybody may ask."""
    return {"status": budget_standing()}
