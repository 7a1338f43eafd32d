"""``portal expire``."""

import click

from portal.adapters.logs import configure_logs
from portal.commands.work import expire_due
from portal.commands.worker import build_workshop
from portal.config import from_environment


@click.command()
def expire() -> None:
    """End drafts, offers, counter-offers and questions whose time has passed. Running it again ends nothing twice."""
    configure_logs()
    click.echo(f"{expire_due(build_workshop(from_environment()))} expired")
