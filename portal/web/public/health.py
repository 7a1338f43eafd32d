"""Is the process alive, and can it reach its database?"""

from sqlalchemy import text

from portal.web import writes
from portal.web.access import public_page
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
