"""``portal config``: the settings of an installation."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext, ngettext
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal.adapters.business_texts import PackagedTexts
from portal.adapters.data_keys import keyring_of
from portal.adapters.sms import vendor_templates
from portal.clock import Clock
from portal.commands.config_reference import reference as written_reference
from portal.commands.json_lines import locale_of_shell
from portal.config import Config, ConfigError, faults, from_environment
from portal.db import kind_of_address
from portal.i18n import use_locale
from portal.settings import SECTIONS, Setting, settings

_CREDENTIALS: Final = re.compile(r"(?<=://)[^?#]*(?=@)")
"""User and password, or a token alone, of an address."""
_IN_QUERY: Final = re.compile(r"(?<=[?&])([^=&#]*(?:password|token|secret)[^=&#]*)=[^&#]*", re.IGNORECASE)
_OURS: Final = "PORTAL_"
_OF_TESTS: Final = frozenset({"PORTAL_CHROMIUM", "PORTAL_SHARED"})
"""What only ``bin/test`` reads."""


@click.group()
def config() -> None:
    """The settings: what there are, what is in force, what is wrong."""


@config.command()
def reference() -> None:
    """Print every setting with its meaning, default and limits, as Markdown.

    This is docs/configuration.md.
    """
    click.echo(written_reference(), nl=False)


@config.command()
@click.option("--json", "as_json", is_flag=True, help="One object: value and source by variable.")
def show(*, as_json: bool) -> None:
    """Print the settings that are in force and where each came from.

    Secrets are never printed, only whether they are there. A * stands before what the environment gave.
    """
    in_force = from_environment(makes_secret=False)
    if as_json:
        told = {each.variable: _told(each, in_force) for each in settings()}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    width = max(len(each.variable) for each in settings())
    with use_locale(locale_of_shell()):
        for number, section in enumerate(SECTIONS):
            click.echo(("\n" if number else "") + section.title)
            for each in section.settings:
                click.echo(_line(each, in_force, width))


def _told(setting: Setting, in_force: Config) -> dict[str, str]:
    source = _source(setting, in_force)
    return {"value": _shown(setting, in_force, source), "source": source}


def _line(setting: Setting, in_force: Config, width: int) -> str:
    source = _source(setting, in_force)
    words = {"environment": gettext("environment"), "default": gettext("default"), "file": gettext("file")}
    mark = "*" if source == "environment" else " "
    value = _shown(setting, in_force, source) or "–"
    return f"{mark} {setting.variable:<{width}}  {value}  ({words[source]})"


@config.command()
def check() -> None:
    """Say in sentences what is wrong with the settings. Nothing is changed.

    Exit status 0: nothing. 1: web processes or workers would not start, or a file that is named is not there. 3: a variable that nothing
    reads.
    `portal doctor` looks at the whole installation.
    """
    with use_locale(locale_of_shell()):
        wrong = [*faults(os.environ), *_missing_files(os.environ)]
        if not wrong:
            wrong += [*_unusable_keys(os.environ), *_unusable_database(os.environ), *_no_messages(os.environ)]
        unknown = [_unknown_sentence(name) for name in _unknown(os.environ)]
        for sentence in wrong:
            click.echo(f"✗ {sentence}")
        for sentence in unknown:
            click.echo(f"! {sentence}")
        if not wrong and not unknown:
            given = sum(
                1
                for each in settings()
                if os.environ.get(each.variable) or os.environ.get(each.file_variable)
            )
            click.echo(
                ngettext(
                    "Nothing is wrong: %(num)s setting comes from the environment.",
                    "Nothing is wrong: %(num)s settings come from the environment.",
                    given,
                )
            )
    if wrong:
        sys.exit(1)
    if unknown:
        sys.exit(3)


def _shown(setting: Setting, in_force: Config, source: str) -> str:
    """The value as it would be typed, "" for none."""
    if setting.field is None:
        text = os.environ.get(setting.variable, "") or ("8000" if setting.variable == "PORT" else "")
    else:
        text = as_typed(getattr(in_force, setting.field))
    if setting.is_secret:  # one that is neither given nor kept was made for this look alone
        return f"••• ({len(text)})" if text and source != "default" else ""
    return _without_credentials(text, is_database=setting.field == "database_url")


def _without_credentials(address: str, *, is_database: bool) -> str:
    """Read as SQLAlchemy does where it is a database's, for there a password may hold what ends one elsewhere."""
    if is_database and not address.startswith("sqlite"):
        try:
            address = make_url(address).render_as_string(hide_password=True)
        except (ArgumentError, ValueError):
            return "•••"
    if not address.startswith("sqlite"):
        address = _CREDENTIALS.sub("•••", address)
    return _IN_QUERY.sub(r"\1=•••", address)


def as_typed(value: object) -> str:
    """A value of ``Config`` as it stands in the environment."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case tuple():
            return (":" if any(isinstance(each, Path) for each in value) else ",").join(map(str, value))
        case _:
            return str(value)


def _source(setting: Setting, in_force: Config) -> str:
    if os.environ.get(setting.variable, "").strip():
        return "environment"
    if setting.file_variable and os.environ.get(setting.file_variable, "").strip():
        return "file"
    is_kept = setting.field == "secret_key" and (in_force.data_dir / "secret.key").exists()
    return "file" if is_kept else "default"


def _missing_files(environ: Mapping[str, str]) -> Iterator[str]:
    for each in settings():
        named = environ.get(each.variable, "").strip()
        if each.is_path and named and not _is_there(Path(named)):
            yield gettext(
                "%(variable)s names %(file)s, which is not there.", variable=each.variable, file=named
            )


def _unusable_keys(environ: Mapping[str, str]) -> Iterator[str]:
    try:
        keyring_of(from_environment(environ, makes_secret=False))
    except ConfigError as error:
        yield from error.faults


def _unusable_database(environ: Mapping[str, str]) -> Iterator[str]:
    try:
        kind_of_address(from_environment(environ, makes_secret=False).database_url)
    except ConfigError as error:
        yield from error.faults


def _no_messages(environ: Mapping[str, str]) -> Iterator[str]:
    """Without them workers do not start."""
    try:
        config = from_environment(environ, makes_secret=False)
        if config.live and not config.sms_url:
            yield gettext("PORTAL_LIVE is set and PORTAL_SMS_URL is not: workers do not start.")
        elif config.live:
            vendor_templates(config, PackagedTexts(), Clock(ZoneInfo(config.timezone)).today())
    except ConfigError as error:
        yield from error.faults


def _is_there(path: Path) -> bool:
    """A web process needs the seal's certificate alone, which lies beside its key. What may not be looked at counts as not there."""
    try:
        return path.is_file() or path.with_suffix(".crt").is_file()
    except OSError:
        return False


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {name for each in settings() for name in (each.variable, each.file_variable)} | _OF_TESTS
    return sorted(name for name in environ if name.startswith(_OURS) and name not in known)


def _unknown_sentence(name: str) -> str:
    return str(gettext("%(variable)s is no setting of the portal: is it spelled right?", variable=name))
