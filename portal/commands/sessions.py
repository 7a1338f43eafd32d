"""``portal sessions``: sign people out from the shell, where something was stolen or is no longer trusted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.commands.database import opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.config import from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.i18n import use_locale
from portal.messages import text_of
from portal.services.web_sessions import end_borrowers, end_everybodys, end_staffs


@click.group()
def sessions() -> None:
    """Who is signed in."""


@sessions.command()
@click.option("--all", "is_for_all", is_flag=True, help="Everybody, borrowers and staff.")
@click.option("--borrower", "borrower_ref", help="A borrower, by the reference in the lender's book.")
@click.option("--staff", "login", help="A member of staff, by login.")
def end(*, is_for_all: bool, borrower_ref: str | None, login: str | None) -> None:
    """Sign people out: they are strangers with their next request, and may sign in anew. Devices stay known, accounts stay."""
    if [is_for_all, borrower_ref is not None, login is not None].count(True) != 1:
        raise click.UsageError("Say whose: one of --all, --borrower REF and --staff LOGIN.")
    with _changing() as (session, now):
        if borrower_ref is not None:
            ended = end_borrowers(session, borrower_ref=borrower_ref, now=now)
        elif login is not None:
            ended = end_staffs(session, login=login, now=now)
        else:
            ended = end_everybodys(session, now=now)
    with use_locale(locale_of_shell()):
        click.echo(
            ngettext("%(num)s session ended.", "%(num)s sessions ended.", ended)
            if ended
            else gettext("Nobody was signed in there.")
        )


@contextmanager
def _changing() -> Iterator[tuple[Session, datetime]]:
    config = from_environment()
    now = Clock(ZoneInfo(config.timezone), config.business_date).now()
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine:
        try:
            with transaction(engine) as session:
                yield session, now
        except DomainError as error:
            raise click.ClickException(text_of(error)) from error
