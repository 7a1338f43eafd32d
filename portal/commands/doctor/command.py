"""``portal doctor``."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click
from flask_babel import gettext, ngettext
from sqlalchemy import Engine

from portal.commands.doctor.checks import Examined, examine
from portal.commands.doctor.findings import Severity
from portal.commands.doctor.patient import patient_of
from portal.commands.json_lines import locale_of_shell
from portal.config import Config, ConfigError, from_environment
from portal.db import make_engine
from portal.i18n import use_locale

_MARKS = {Severity.FAULT: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="One object: what was found, what was well, what was left out."
)
def doctor(*, as_json: bool) -> None:
    """Say what is wrong with this installation. Nothing is changed.

    Exit status 0: nothing. 1: a fault. 3: warnings only.
    """
    with use_locale(locale_of_shell()):
        try:
            examined = list(_examined())
        except (ConfigError, OSError) as error:
            said = gettext("The settings cannot be used: %(why)s", why=str(error))
            click.echo(json.dumps(_refused(said), ensure_ascii=False) if as_json else f"✗ settings: {said}")
            sys.exit(1)
        if as_json:
            click.echo(json.dumps(_as_data(examined), ensure_ascii=False, indent=2))
        else:
            _tell(examined)
    sys.exit(_status(examined))


def _examined() -> Iterator[Examined]:
    config = from_environment(makes_secret=False)
    engine = _engine_of(config)
    try:
        yield from examine(patient_of(config, engine))
    finally:
        engine.dispose()


def _engine_of(config: Config) -> Engine:
    try:
        return make_engine(config.database_url, pool_size=1)
    except ConfigError as error:
        raise ConfigError(
            gettext("PORTAL_DATABASE_URL names neither a SQLite file nor a PostgreSQL database")
        ) from error


def _tell(examined: Sequence[Examined]) -> None:
    found = [(each.check, finding) for each in examined for finding in each.findings or ()]
    for check, finding in found:
        click.echo(f"{_MARKS[finding.severity]} {check}: {finding.sentence}")
    left_out = [each.check for each in examined if each.findings is None]
    if left_out:
        click.echo(gettext("Not looked at: %(checks)s.", checks=", ".join(left_out)))
    well = sum(each.findings == [] for each in examined)
    click.echo(ngettext("%(num)s check found nothing.", "%(num)s checks found nothing.", well))


def _as_data(examined: Sequence[Examined]) -> dict[str, Any]:
    return {
        "findings": [
            {"check": each.check, "severity": finding.severity.value, "sentence": finding.sentence}
            for each in examined
            for finding in each.findings or ()
        ],
        "well": [each.check for each in examined if each.findings == []],
        "left_out": [each.check for each in examined if each.findings is None],
    }


def _refused(said: str) -> dict[str, Any]:
    found = {"check": "settings", "severity": Severity.FAULT.value, "sentence": said}
    return {"findings": [found], "well": [], "left_out": []}


def _status(examined: Sequence[Examined]) -> int:
    severities = {finding.severity for each in examined for finding in each.findings or ()}
    if Severity.FAULT in severities:
        return 1
    return 3 if Severity.WARNING in severities else 0
