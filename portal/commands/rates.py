"""``portal rates``."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.config import from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.prime_rates import PUBLISHED_1Y
from portal.i18n import use_locale
from portal.messages import text_of
from portal.models import PrimeRate
from portal.services.prime_rates import add_prime_rate

SOURCE = "National Interbank Funding Center, published the 20th of each month"


@click.group()
def rates() -> None:
    """The one-year loan prime rate (LPR), which the cap on private loans goes by."""


@rates.command("list")
def list_rates() -> None:
    """Each figure that differs from the one before, and those that were added."""
    with opened_engine(from_environment()) as engine, transaction(engine, writes=False) as session:
        for day, pct in sorted(PUBLISHED_1Y.changes.items()):
            click.echo(f"{day}  {pct:f}  {SOURCE}")
        for row in session.scalars(select(PrimeRate).order_by(PrimeRate.published_on)):
            click.echo(f"{row.published_on}  {row.pct:f}  {row.source}")


@rates.command("add")
@click.argument("published_on", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("pct")
@click.option(
    "--source", required=True, help="Where it was read: an address, or the title of the announcement."
)
@click.option("--replace", "replaces", is_flag=True, help="The figure that stands there is wrong.")
def add(published_on: datetime, pct: str, *, source: str, replaces: bool) -> None:
    """The figure PCT (percent a year) that was published on PUBLISHED_ON. Twice is as once; another figure for a day is refused."""
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        try:
            with transaction(engine) as session:
                is_new = add_prime_rate(
                    session,
                    SYSTEM,
                    published_on=published_on.date(),
                    pct=Decimal(pct),
                    source=source,
                    replaces=replaces,
                    today=clock.today(),
                    now=clock.now(),
                )
        except InvalidOperation as error:
            raise click.BadParameter(pct, param_hint="PCT") from error
        except DomainError as error:
            raise click.ClickException(text_of(error)) from error
    click.echo("added" if is_new else "there already")
