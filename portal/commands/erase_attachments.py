"""``portal erase-attachments``."""

from zoneinfo import ZoneInfo

import click
from sqlalchemy import Engine

from portal.adapters.logs import configure_logs
from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.config import from_environment
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.services.attachment_retention import Sweep, erase_due_attachments


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say how many would go.")
def erase_attachments(*, dry_run: bool) -> None:
    """Erase files whose time is over: at the end of a signed plan, 90 days after any other decision, unsent for 7 days, or the consent
    taken back. An open dispute or complaint keeps them.
    """
    configure_logs()
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with opened_engine(config) as engine:
        count = erase_all_due(engine, clock, is_dry_run=dry_run)
    click.echo(f"{count} would be erased" if dry_run else f"{count} erased")


def erase_all_due(engine: Engine, clock: Clock, *, is_dry_run: bool) -> int:
    """Batch by batch, each its own transaction: a run that is cut short goes on where it is next begun."""
    count = 0
    last_id: int | None = 0
    while last_id is not None:
        sweep = Sweep(today=clock.today(), zone=clock.zone, now=clock.now(), is_dry_run=is_dry_run)
        with transaction(engine, writes=not is_dry_run) as session:
            swept = erase_due_attachments(session, SYSTEM, after=last_id, sweep=sweep)
        count, last_id = count + swept.erased, swept.last_id
    return count
