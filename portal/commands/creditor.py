"""``portal creditor``."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.commands.database import opened_engine
from portal.commands.json_lines import locale_of_shell
from portal.config import from_environment
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.money import exponent_of
from portal.domain.permissions import SYSTEM
from portal.i18n import use_locale
from portal.messages import text_of
from portal.models import Creditor, VerifiedAccount
from portal.services.creditor_names import rename_creditor
from portal.services.creditors import NewAccount, add_account, describe_creditor, end_account


@contextmanager
def _opened() -> Iterator[tuple[Session, datetime, date]]:
    """A transaction, this instant and the business date; refusals are said in the shell's language."""
    config = from_environment()
    clock = Clock(ZoneInfo(config.timezone), config.business_date)
    with use_locale(locale_of_shell()), opened_engine(config) as engine:
        try:
            with transaction(engine) as session:
                yield session, clock.now(), clock.today()
        except DomainError as error:
            raise click.ClickException(text_of(error)) from error


@click.group()
def creditor() -> None:
    """Creditors of the book, and the accounts that borrowers may pay into."""


@creditor.command("list")
def list_creditors() -> None:
    """Creditors with their open accounts."""
    with _opened() as (session, _now, _today):
        for row in session.scalars(select(Creditor).order_by(Creditor.name)):
            click.echo(f"{row.name}  {row.phone}  {row.address}")
            accounts = select(VerifiedAccount).where(
                VerifiedAccount.creditor_id == row.id, VerifiedAccount.ended_on.is_(None)
            )
            for account in session.scalars(accounts.order_by(VerifiedAccount.id)):
                click.echo(
                    f"    {account.currency}  {account.bank}  {account.account_name}  {account.account_number}"
                )


@creditor.command("add-account")
@click.argument("name")
@click.option("--bank", required=True, help="Bank and branch, as borrowers read it.")
@click.option("--number", required=True, help="Account number.")
@click.option("--holder", help="Whom the account belongs to; the creditor by default.")
@click.option("--currency", default="CNY", show_default=True, help="ISO 4217 code of the account's currency.")
def add(name: str, bank: str, number: str, holder: str | None, currency: str) -> None:
    """Let borrowers of creditor NAME pay into an account. Twice is as once."""
    with _opened() as (session, now, today):
        exponent_of(currency)
        account = NewAccount(
            bank=bank,
            account_name=holder or name,
            account_number=number,
            currency=currency,
            effective_on=today,
        )
        is_new = add_account(session, SYSTEM, creditor_name=name, account=account, now=now)
    click.echo("added" if is_new else "there already")


@creditor.command("end-account")
@click.argument("name")
@click.option("--number", required=True, help="Account number.")
def end(name: str, number: str) -> None:
    """Show an account of creditor NAME to nobody any more."""
    with _opened() as (session, now, today):
        is_ended = end_account(
            session, SYSTEM, creditor_name=name, account_number=number, ended_on=today, now=now
        )
    click.echo("ended" if is_ended else "no such open account")


@creditor.command("describe")
@click.argument("name")
@click.option("--phone", required=True, help="The number that borrowers reach the creditor by.")
@click.option("--address", default="", help="Its postal address, as borrowers read it.")
@click.option("--agency", help="The agency that it has engaged, as borrowers are told; blank for none.")
@click.option(
    "--assigned-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day on which its borrowers were told that their debts were assigned to it.",
)
@click.option(
    "--assigned-book",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Which assignment that notice told of: the date of the first book that named the creditor. Each needs its own.",
)
def describe(
    name: str,
    phone: str,
    address: str,
    agency: str | None,
    assigned_on: datetime | None,
    assigned_book: datetime | None,
) -> None:
    """How creditor NAME is reached, on pages and in agreements."""
    if assigned_book is not None and assigned_on is None:
        raise click.UsageError(
            "--assigned-book says which assignment: --assigned-on says when its borrowers were told."
        )
    with _opened() as (session, now, today):
        told = describe_creditor(
            session,
            SYSTEM,
            creditor_name=name,
            phone=phone,
            address=address,
            agency=agency,
            assigned_on=None if assigned_on is None else assigned_on.date(),
            assigned_book=None if assigned_book is None else assigned_book.date(),
            today=today,
            now=now,
        )
    click.echo("kept" if assigned_book is None else f"kept; loans whose borrowers are told by it: {told}")


@creditor.command("rename")
@click.argument("name")
@click.argument("new_name")
def rename(name: str, new_name: str) -> None:
    """Creditor NAME is called NEW_NAME from now on.

    Before the first book that calls it so: to a book, another name is another creditor, whose borrowers are told that their loans were
    handed on, and of whom nothing is claimed until then.
    """
    with _opened() as (session, now, _today):
        waiting = rename_creditor(session, SYSTEM, name=name, new_name=new_name, now=now)
    click.echo(f"renamed; offers that have to be signed anew: {waiting}")
