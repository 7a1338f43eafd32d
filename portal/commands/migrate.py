"""``portal migrate``."""

import click

from portal import db
from portal.config import from_environment


@click.command()
@click.option("--to", "revision", default="head", help="A revision to stop at; the newest by default.")
def migrate(revision: str) -> None:
    """Bring the database to the newest schema. Running it again changes nothing."""
    db.migrate(from_environment().database_url, revision)
