"""``portal expire``."""

import click

from portal.adapters.logs import configure_logs
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.commands.work import expire_due, warn_of_promises
from portal.commands.worker import build_workshop
from portal.config import from_environment
from portal.i18n import use_locale


@click.command()
def expire() -> None:
    """End drafts, offers, counter-offers and questions whose time has passed, and warn of promised times. Nothing happens twice."""
    configure_logs()
    config = from_environment()
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        shop = build_workshop(config, engine=engine)
        click.echo(f"{expire_due(shop)} expired, {warn_of_promises(shop)} promised times warned of")
