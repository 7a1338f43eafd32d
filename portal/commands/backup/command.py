"""``portal backup``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask_babel import gettext
from sqlalchemy.exc import SQLAlchemyError

from portal.adapters.database_copies import CopyFailedError
from portal.clock import Clock
from portal.commands.backup.making import make_backup, remember
from portal.commands.backup.manifest import BackupUnusableError, Manifest
from portal.commands.backup.pruning import FORM, prune
from portal.commands.backup.restoring import (
    lines_of_proof,
    prove,
    refuse_target,
    restore,
    tell_of_restoring,
    verify_files,
)
from portal.commands.database import opened_under_any_keys
from portal.commands.json_lines import locale_of_shell
from portal.config import Config, ConfigError, from_environment
from portal.db import make_engine
from portal.i18n import format_count, use_locale

_FOLDER = click.Path(path_type=Path, file_okay=False)
_BACKUP = click.Path(path_type=Path, file_okay=False, exists=True)
_digest = click.option(
    "--digest", metavar="SHA256", help="What `create` said of its manifest; another is refused."
)


@click.group()
def backup() -> None:
    """Copies of everything: made while people work, checked, and put back elsewhere."""


@backup.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--with-keys",
    is_flag=True,
    help="Private keys and the kept secret, too: whoever has the backup can then sign and seal as we do.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Afterwards remove all but so many of the newest backups in FOLDER, and what unfinished ones left behind.",
)
def create(folder: Path, *, with_keys: bool, keep: int | None) -> None:
    """Make a backup in FOLDER, in a new folder named by the moment. It may run while people work.

    Prints its path, and the digest of its manifest: keep that elsewhere. One that fails leaves nothing behind.
    """
    config = from_environment()
    clock = _clock(config)
    with use_locale(locale_of_shell()), opened_under_any_keys(config) as engine, _told():
        made_in = folder / clock.now().strftime(FORM)
        manifest = make_backup(config, engine, clock, made_in, with_keys=with_keys)
        click.echo(made_in)
        click.echo(_summary(manifest))
        try:
            remember(engine, manifest)
        except SQLAlchemyError as error:
            why = str(getattr(error, "orig", None) or error).strip()
            click.echo(
                gettext("The backup is made; the database could not note it: %(why)s", why=why), err=True
            )
        if keep:
            _let_go(folder, keep, made_in)


def _let_go(folder: Path, keep: int, newest: Path) -> None:
    try:
        for removed in prune(folder, keep=keep, newest=newest):
            click.echo(gettext("Removed: %(path)s", path=removed))
    except OSError as error:
        raise click.ClickException(
            gettext("The backup is made; older ones could not be removed: %(why)s", why=str(error))
        ) from error


@backup.command()
@click.argument("made_in", metavar="BACKUP", type=_BACKUP)
@_digest
def verify(made_in: Path, digest: str | None) -> None:
    """Check that every file of BACKUP is as it was written and that the database can be read. Status 1 where not."""
    with use_locale(locale_of_shell()), _told():
        click.echo(_summary(verify_files(made_in, digest)))


@backup.command("restore")
@click.argument("made_in", metavar="BACKUP", type=_BACKUP)
@_digest
def restore_it(made_in: Path, digest: str | None) -> None:
    """Put BACKUP into the database and data folder of the settings, which have to be empty, and prove that all is as it was.

    Status 1 where it is refused, or something is not as it was.
    """
    config = from_environment()
    with use_locale(locale_of_shell()), _told():
        manifest = verify_files(made_in, digest)
        click.echo(_summary(manifest))
        engine = make_engine(config.database_url)
        try:
            refuse_target(config, engine, manifest)
            engine.dispose()
            restore(config, made_in, manifest)
            now = _clock(config).now()
            proof = prove(config, engine, now)
            for line in lines_of_proof(proof):
                click.echo(line)
            tell_of_restoring(engine, manifest, now)
        finally:
            engine.dispose()
    if not proof.is_whole:
        sys.exit(1)


@contextmanager
def _told() -> Iterator[None]:
    """What makes it impossible, in a sentence."""
    try:
        yield
    except (BackupUnusableError, ConfigError) as error:
        raise click.ClickException(gettext("This cannot be used: %(why)s.", why=str(error))) from error
    except CopyFailedError as error:
        raise click.ClickException(gettext("The copy failed: %(why)s", why=str(error))) from error
    except OSError as error:
        raise click.ClickException(gettext("The copy failed: %(why)s", why=str(error))) from error


def _summary(manifest: Manifest) -> str:
    said: str = gettext(
        "%(files)s files, %(size)s bytes, as of %(at)s; manifest SHA-256 %(digest)s.",
        files=format_count(len(manifest.files)),
        size=format_count(manifest.size),
        at=manifest.began_at.isoformat(),
        digest=manifest.digest,
    )
    return said


def _clock(config: Config) -> Clock:
    return Clock(ZoneInfo(config.timezone), config.business_date)
