"""``portal messages``: the wording of messages, what was spent on them, and what came back undelivered."""

import sys
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import click

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.message_wording import faults_of, faults_of_package, templates_of, wording_rules
from portal.adapters.returned_mail import keys_of_returned
from portal.clock import Clock
from portal.commands.database import opened_engine, opened_under_any_keys
from portal.config import Config, from_environment
from portal.db import transaction
from portal.domain.contact_wishes import Channel
from portal.domain.message_budgets import Mark, alarms
from portal.domain.message_lint import Finding, MessageTemplate, forbidden_in
from portal.domain.permissions import SYSTEM
from portal.domain.texts import Text, TextSection
from portal.queries.message_spending import spent_in_month_of, spent_on
from portal.services.receipts import Noted, Receipt, note_receipt

Files = tuple[Path, ...]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def messages() -> None:
    """Messages: their wording, what was spent, what came back."""


@messages.command("lint")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--channel", type=click.Choice(["sms", "email"]), default="sms", help="What FILES are for.")
@click.option(
    "--script", is_flag=True, help="FILES are plain text that people say or write: forbidden phrases alone."
)
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day whose rules and texts count; today where none is named.",
)
def lint(files: Files, channel: str, on: date | None, *, script: bool) -> None:
    """Look for what may not be said: in all packaged templates, or in FILES (as in portal/texts) before they are added.

    Status 1 where anything is found.
    """
    texts, day = PackagedTexts(), on or Clock(ZoneInfo("Asia/Shanghai")).today()
    rules = wording_rules(texts, day)
    if script:
        found = [(str(path), each) for path in files for each in forbidden_in(_read(path), rules)]
    elif files:
        found = [
            line
            for path in files
            for line in _named(faults_of(templates_of(Channel(channel), _text(path)), rules))
        ]
    else:
        found = _named(faults_of_package(texts, day))
    for name, fault in found:
        click.echo(f"{name}: {fault.rule} {fault.fault}: {fault.found}")
    click.echo(f"{len(found)} findings")
    sys.exit(bool(found))


@messages.command("budget")
def budget() -> None:
    """What was spent today and this month, and of which limits it is how much. Status 1 where one is reached."""
    config = from_environment()
    today = _clock(config).today()
    with opened_under_any_keys(config) as engine, transaction(engine, writes=False) as session:
        day, month = spent_on(session, today), spent_in_month_of(session, today)
    for name, spent in (("today", day), ("this month", month)):
        click.echo(f"{name}: {spent.messages} messages, {spent.cost_minor} in minor units")
    raised = list(alarms(config.message_budget, day, month))
    for alarm in raised:
        click.echo(
            f"{alarm.mark.value}: {alarm.spent} of {alarm.limit} ({alarm.unit.value} a {alarm.period.value})"
        )
    sys.exit(any(alarm.mark is Mark.REACHED for alarm in raised))


@messages.command("returned")
@click.argument("files", nargs=-1, type=click.File("rb"))
def returned(files: Iterable[BinaryIO]) -> None:
    """Note e-mails that came back: FILES are delivery reports (RFC 3464) as the mail server hands them on; - is standard input."""
    config = from_environment()
    now, noted = _clock(config).now(), []
    with opened_engine(config) as engine, transaction(engine) as session:
        for file in files:
            for key, code in keys_of_returned(file.read()):
                receipt = Receipt(key=key, has_arrived=False, error=code)
                noted.append(note_receipt(session, SYSTEM, receipt=receipt, now=now))
    click.echo(", ".join(f"{noted.count(each)} {each.value}" for each in Noted))


def _named(faults: Iterable[tuple[MessageTemplate, Finding]]) -> list[tuple[str, Finding]]:
    return [(f"{one.channel.value} {one.locale} {one.code}", fault) for one, fault in faults]


def _text(path: Path) -> Text:
    """A file that is not packaged yet, named as it will be: ``2026-12-01.zh_CN.toml``."""
    locale = path.name.removesuffix(".toml").rpartition(".")[2]
    try:
        data = tomllib.loads(_read(path))
        sections = [
            TextSection(code=each["code"], title=each["title"], paragraphs=tuple(each["paragraphs"]))
            for each in data["sections"]
        ]
        return Text(str(path), locale, path.name, data["title"], (), sections, data.get("labels", {}))
    except (TypeError, KeyError, tomllib.TOMLDecodeError) as error:
        raise click.FileError(str(path), f"no file of texts as in portal/texts ({error})") from error


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise click.FileError(str(path), "not in UTF-8") from error


def _clock(config: Config) -> Clock:
    return Clock(ZoneInfo(config.timezone), config.business_date)
