"""Is the process alive, can it reach its database, and how much is left to send messages with?"""

from sqlalchemy import text

from portal.web import writes
from portal.web.access import public_page
from portal.web.message_budget import budget_standing
from portal.web.public.blueprint import blueprint


@blueprint.get("/health")
@public_page
def health() -> dict[str, str]:
    return {"status": "alive"}


@blueprint.get("/ready")
@public_page
def ready() -> dict[str, str]:
    writes.database().execute(text("SELECT 1 FROM alembic_version"))
    return {"status": "ready"}


@blueprint.get("/health/messages")
@public_page
def message_health() -> dict[str, str]:
    """``ok``, ``near`` a limit of the budget, or ``reached``: no collection message goes out. No figures: anybody may ask."""
    return {"status": budget_standing()}
