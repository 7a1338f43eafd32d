"""``portal expire``."""

import click

from portal.adapters.logs import configure_logs
from portal.commands.work import expire_due, warn_of_promises
from portal.commands.worker import build_workshop
from portal.config import from_environment


@click.command()
def expire() -> None:
    """End drafts, offers, counter-offers and questions whose time has passed, and warn of promised times. Nothing happens twice."""
    configure_logs()
    shop = build_workshop(from_environment())
    click.echo(f"{expire_due(shop)} expired, {warn_of_promises(shop)} promised times warned of")
