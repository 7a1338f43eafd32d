"""``portal readonly``: every act is put off, reading goes on, workers take no work."""

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext

from portal.clock import Clock
from portal.commands.database import opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.config import Config, from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.i18n import use_locale
from portal.messages import text_of
from portal.queries.operations import running_spell
from portal.services.read_only import make_read_only, open_again


@click.group()
def readonly() -> None:
    """Read-only: acts are put off with a calm page, reading goes on, workers take no work."""


@readonly.command()
@click.option("--reason", required=True, help="What staff read on every page of the desk.")
def on(reason: str) -> None:
    """Put acts off from now on."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine, _told():
        with transaction(engine) as session:
            make_read_only(session, SYSTEM, reason=reason, now=_clock(config).now())
        click.echo(gettext("The portal is read-only from now on."))


@readonly.command()
def off() -> None:
    """Take acts again."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine, _told():
        with transaction(engine) as session:
            open_again(session, SYSTEM, now=_clock(config).now())
        click.echo(gettext("Acts are taken again."))


@readonly.command()
def status() -> None:
    """Say whether it is on, since when and why. Status 1 where it is."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        with transaction(engine, writes=False) as session:
            spell = running_spell(session)
        if spell is None:
            click.echo(gettext("The portal is not read-only."))
            return
        at = spell.began_at.astimezone(ZoneInfo(config.timezone))
        click.echo(
            gettext("Read-only since %(at)s: %(reason)s", at=f"{at:%Y-%m-%d %H:%M}", reason=spell.reason)
        )
    raise SystemExit(1)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        raise click.ClickException(text_of(error)) from error


def _clock(config: Config) -> Clock:
    return Clock(ZoneInfo(config.timezone), config.business_date)
