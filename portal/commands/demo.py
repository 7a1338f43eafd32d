"""``portal demo``: put demo people and their story into an empty database, and say who can sign in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext
from sqlalchemy import Engine

from portal import db
from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.demo_guide import guide
from portal.commands.json_lines import locale_of_shell
from portal.config import Config, from_environment
from portal.domain.errors import DomainError
from portal.i18n import use_locale
from portal.messages import text_of
from portal.queries.demo import has_people, is_seeded


@click.group()
def demo() -> None:
    """Demo data: invented people, invented loans. Only where PORTAL_DEMO is set."""


@demo.command()
@click.option("--migrate", "migrates", is_flag=True, help="Bring the database to the newest schema first.")
def seed(*, migrates: bool) -> None:
    """Fill an empty demo database, and say who can sign in. Where the demo is there already, nothing changes."""
    with _opened(_migrate_where_needed if migrates else None) as (config, engine, clock):
        with db.transaction(engine, writes=False) as session:
            seeded, taken = is_seeded(session), has_people(session)
        if taken and not seeded:
            raise click.ClickException(
                gettext(
                    "There are other people in this database, or an unfinished demo. Start anew: bin/demo --reset"
                )
            )
        if not seeded:
            _seed(config, engine, clock)
        _tell(config, engine, clock)


@demo.command()
def people() -> None:
    """Who can sign in, where, and with what. The authenticator codes are of this moment."""
    with _opened() as (config, engine, clock):
        _tell(config, engine, clock)


def _migrate_where_needed(config: Config) -> None:
    """Loads what migrates only where there is something to do: a second start is quick."""
    engine = db.make_engine(config.database_url)
    try:
        if db.is_newest(engine):
            with db.transaction(engine, writes=False) as session:
                if is_seeded(session):
                    return
    finally:
        engine.dispose()
    from portal.commands.migrate import bring_to_newest  # noqa: PLC0415

    bring_to_newest(config)


def _seed(config: Config, engine: Engine, clock: Clock) -> None:
    # Brings fonts, documents and seals along; a second start must not wait for them.
    from portal.commands.demo_seed import seed_demo  # noqa: PLC0415

    click.echo(
        gettext("Making the demo: documents are drawn and sealed, this takes half a minute."), err=True
    )
    try:
        seed_demo(config, engine, clock)
    except DomainError as error:
        raise click.ClickException(
            gettext(
                "The demo's people have three months behind them. Choose a later BUSINESS_DATE: %(reason)s",
                reason=text_of(error),
            )
        ) from error


def _tell(config: Config, engine: Engine, clock: Clock) -> None:
    with db.transaction(engine, writes=False) as session:
        for line in guide(session, config, clock):
            click.echo(line)


@contextmanager
def _opened(first: Callable[[Config], None] | None = None) -> Iterator[tuple[Config, Engine, Clock]]:
    """Raises ``ClickException`` where this is no demo, or has no tables yet after what is to be done ``first``."""
    config = from_environment()
    with use_locale(locale_of_shell()):
        if not config.demo:
            raise click.ClickException(gettext("This is no demo: PORTAL_DEMO is not set."))
        if first is not None:
            first(config)
        with opened_engine(config) as engine:
            yield config, engine, Clock(ZoneInfo(config.timezone), config.business_date)
