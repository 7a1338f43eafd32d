"""``portal staff``: the accounts of those who work here. The first administrator is made with it."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import click
import segno
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.adapters.passwords import Argon2Passwords
from portal.adapters.time_codes import PyotpTimeCodes
from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.config import Config, from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM, Role
from portal.i18n import use_locale
from portal.messages import text_of
from portal.models import StaffMember
from portal.services.staff import (
    NewStaffMember,
    add_staff_member,
    disable_staff_member,
    relate_staff_member,
)

GENERATED_BYTES = 18


@click.group(help="Staff accounts.")
def staff() -> None:
    pass


@staff.command()
@click.option("--login", required=True, help="What the person types to sign in.")
@click.option("--name", required=True, help="Shown to colleagues, never to borrowers.")
@click.option("--number", required=True, help="Staff number: what borrowers see.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="May be given several times.",
)
@click.option("--generate", is_flag=True, help="Make a password instead of asking for one.")
def add(login: str, name: str, number: str, roles: tuple[str, ...], *, generate: bool) -> None:
    """Add an account, and show the secret for the authenticator app once."""
    config, codes, login = from_environment(), PyotpTimeCodes(), login.strip().lower()
    password = secrets.token_urlsafe(GENERATED_BYTES) if generate else _asked_password()
    new = NewStaffMember(
        login=login,
        name=name,
        number=number,
        roles=frozenset(map(Role, roles)),
        password=password,
        totp_secret=codes.new_secret(),
        locale=config.locale,
    )
    with _changing(config) as (session, now):
        add_staff_member(
            session, SYSTEM, passwords=Argon2Passwords(breached=config.breached_passwords), new=new, now=now
        )
    with use_locale(locale_of_shell()):
        click.echo(gettext("Added %(name)s, login %(login)s.", name=name, login=login))
        if generate:
            click.echo(gettext("Password (shown this once): %(password)s", password=password))
        _show_secret(codes.address(new.totp_secret, login=new.login), new.totp_secret)


@staff.command("list")
def list_accounts() -> None:
    """All accounts: number, login, name, roles, and whether they may sign in."""
    config = from_environment()
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        with transaction(engine, writes=False) as session:
            members = session.scalars(select(StaffMember).order_by(StaffMember.number)).all()
        for member in members:
            ended = gettext("disabled") if member.disabled_at else gettext("may sign in")
            click.echo("\t".join([member.number, member.login, member.name, ",".join(member.roles), ended]))
        if not members:
            click.echo(
                gettext("There is no account yet. Add one with: %(command)s", command="portal staff add")
            )


@staff.command()
@click.argument("login")
def disable(login: str) -> None:
    """End an account: its sessions end at once, its cases go back to the queue."""
    with _changing(from_environment()) as (session, now):
        disable_staff_member(session, SYSTEM, login=login, now=now)
    with use_locale(locale_of_shell()):
        click.echo(gettext("%(login)s can no longer sign in.", login=login))


@staff.command()
@click.argument("login")
@click.argument("borrower_ref")
@click.option("--oneself", is_flag=True, help="The borrower is this very person; otherwise somebody close.")
def relate(login: str, borrower_ref: str, *, oneself: bool) -> None:
    """State that a borrower is this person or close to them: they will never see or decide such a case."""
    with _changing(from_environment()) as (session, now):
        relate_staff_member(
            session, SYSTEM, login=login, borrower_ref=borrower_ref, is_oneself=oneself, now=now
        )
    with use_locale(locale_of_shell()):
        said = gettext(
            "Noted: %(login)s never handles cases of %(borrower)s.", login=login, borrower=borrower_ref
        )
        click.echo(said)


@contextmanager
def _changing(config: Config) -> Iterator[tuple[Session, datetime]]:
    """One transaction, and the instant it happens at; a refusal is told in words."""
    now = Clock(ZoneInfo(config.timezone), config.business_date).now()
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        try:
            with transaction(engine) as session:
                yield session, now
        except DomainError as error:
            raise click.ClickException(text_of(error)) from error


def _asked_password() -> str:
    """From the terminal, twice; or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    asked: str = click.prompt("Password (at least 15 characters)", hide_input=True, confirmation_prompt=True)
    return asked


def _show_secret(address: str, secret: str) -> None:
    click.echo(gettext("Authenticator app (shown this once): %(secret)s", secret=secret))
    click.echo(address)
    if sys.stdout.isatty():
        segno.make(address).terminal(compact=True)
