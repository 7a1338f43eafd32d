"""``portal keys``: what personal data stands under, and changing it."""

from typing import Any

import click
from flask_babel import gettext
from sqlalchemy import Engine

from portal.adapters.data_keys import keyring_of, new_key_line
from portal.commands.database import opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.commands.shown_progress import shown_progress
from portal.commands.shut_rows import lines_of_shut
from portal.config import ConfigError, from_environment
from portal.db import transaction
from portal.i18n import format_count, use_locale
from portal.models.keyring import SealBrokenError
from portal.queries.key_uses import SEALED_TABLES, count_stale, key_uses, shut_uses, unfindable_uses
from portal.services.key_rotation import rotate_some


@click.group()
def keys() -> None:
    """The keys of personal data: new, status, rotate."""


@keys.command()
@click.argument("name")
def new(name: str) -> None:
    """Draw a key and print its line for the file that PORTAL_DATA_KEYS names. With "index:" before its NAME it is the index's."""
    try:
        click.echo(new_key_line(name))
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


@keys.command()
def status() -> None:
    """Say how many rows stand under which key. Status 1 where some are still to be put under the present one."""
    config = from_environment()
    ring = keyring_of(config)
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        with transaction(engine, writes=False) as session:
            uses, shut, stale = key_uses(session), shut_uses(session), count_stale(session)
            unfindable = unfindable_uses(session)
        click.echo(
            gettext(
                "New rows are sealed under %(key)s, found by %(index)s.",
                key=ring.current,
                index=ring.index[0],
            )
        )
        for use in uses:
            if use not in shut:
                click.echo(_line(use.table, use.name, use.rows))
        for line in lines_of_shut(shut, unfindable):
            click.echo(line)
        if stale and not shut:
            click.echo(
                gettext(
                    "%(count)s rows stand under earlier keys: run %(command)s before you take those away.",
                    count=format_count(stale),
                    command="portal keys rotate",
                )
            )
        if stale or shut:
            raise SystemExit(1)


@keys.command()
def rotate() -> None:
    """Put every row under the first key of the file. It may be stopped at any moment and begun again."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        with transaction(engine, writes=False) as session:
            waiting = count_stale(session)
        done = 0
        try:
            with shown_progress(waiting, label=gettext("Rows"), line=_progress) as tell:
                for model in SEALED_TABLES:
                    while count := _one_step(engine, model):
                        done += count
                        tell(count)
        except SealBrokenError as error:
            raise click.ClickException(gettext("A row does not open: %(why)s", why=error)) from error
        click.echo(gettext("%(count)s rows were put under the present keys.", count=format_count(done)))


def _one_step(engine: Engine, model: Any) -> int:
    with transaction(engine) as session:
        return rotate_some(session, model)


def _line(table: str, name: str, rows: int) -> str:
    said: str
    if name:
        said = gettext("%(table)s: %(count)s under %(key)s", table=table, count=format_count(rows), key=name)
    else:
        said = gettext("%(table)s: %(count)s erased", table=table, count=format_count(rows))
    return said


def _progress(done: int, of: int) -> str:
    said: str = gettext("%(done)s of %(of)s rows", done=format_count(done), of=format_count(of))
    return said
