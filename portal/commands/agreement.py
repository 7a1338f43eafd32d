"""``portal agreement``: sealed agreements as files."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext

from portal.commands.agreement_examination import Examination, examine, proved
from portal.commands.database import opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.config import from_environment
from portal.db import transaction
from portal.domain.errors import Damaged, DomainError
from portal.i18n import format_count, use_locale
from portal.messages import text_of
from portal.queries.sealed_documents import SealedDocuments


@click.group()
def agreement() -> None:
    """Sealed agreements as files."""


@agreement.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--offline", is_flag=True, help="Do not ask the record: check what the file alone can show.")
def verify(file: Path, *, offline: bool) -> None:
    """Check whether FILE is an agreement that was sealed here, and say what was checked, what changed and what could not be checked.

    Exit status: 0 it holds; 1 it is not the sealed document, or was changed; 2 nothing here knows it, or it could not be checked;
    3 genuine, but a later agreement took its place.
    """
    config = from_environment()
    zone = ZoneInfo(config.timezone)
    with use_locale(locale_of_shell()):
        try:
            body = file.read_bytes()
            if offline:
                found = examine(body, config, None, zone)
            else:
                with opened_under_any_keys(config) as engine, transaction(engine, writes=False) as session:
                    damaged: list[Damaged] = []
                    on_record = SealedDocuments(session, damaged.append)
                    found = _saying(damaged, examine(body, config, on_record, zone))
                    found = proved(session, config, found)
        except (DomainError, OSError) as error:
            click.echo(text_of(error) if isinstance(error, DomainError) else str(error), err=True)
            sys.exit(2)
        _tell(file, len(body), found)
    sys.exit(found.status)


def _saying(damaged: Sequence[Damaged], found: Examination) -> Examination:
    """What is kept here is not what was sealed: whoever asks by hand learns of it, too."""
    said = [
        gettext(
            "How it differs: the sealed document that is kept here does not open, or is another now (%(sha256)s).",
            sha256=each.details["sha256"],
        )
        for each in damaged
    ]
    return replace(found, unchecked=[*found.unchecked, *said])


def _tell(file: Path, size: int, found: Examination) -> None:
    click.echo(gettext("%(name)s, %(size)s bytes", name=file.name, size=format_count(size)))
    click.echo(f"SHA-256 {found.sha256}")
    for title, lines in (
        (gettext("What is different"), found.changed),
        (gettext("What was checked"), found.checked),
        (gettext("What could not be checked"), found.unchecked),
    ):
        if lines:
            click.echo(f"\n{title}")
            for line in lines:
                click.echo(f"  - {line}")
    click.echo(f"\n{found.headline}")
