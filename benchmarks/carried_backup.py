"""A backup of a database of real size, made under load and put back on another machine.

``python -m benchmarks.carried_backup make FOLDER [--database postgresql] [--url URL]`` fills a database (or takes one that
``benchmarks.real_size`` filled), makes a backup in ``FOLDER/backup`` while people sign, and writes beside it what has to be carried with
it: the data keys and the secret. What was acknowledged is listed in ``FOLDER/acknowledged``, which is not carried. On the other machine
follow docs/operations.md. ``python -m benchmarks.carried_backup held FOLDER --url URL`` then asks the restored database for each of them.
Both print a log in Markdown; status 1 where a writer failed, or anything is lost.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import click

from benchmarks.databases import KINDS, migrated
from benchmarks.real_size import fill
from portal.adapters.logs import configure_logs
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.db import make_engine
from tests.backup_under_load import lost_in, make_backup_under_load
from tests.databases import Database, Kind
from tests.journeys.servers import SECRET_KEY

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def main() -> None:
    """Make a backup under load, and ask what was made of it for what was acknowledged."""
    configure_logs()


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--database", "kind", type=click.Choice(KINDS), default="postgresql", show_default=True)
@click.option("--url", help="A database that was filled before; it is written to.")
@click.option("--stories", default=3000, show_default=True, help="Proposals beside the book.")
@click.option(
    "--count", default=1000, show_default=True, help="Acknowledged writes before the backup begins."
)
def make(folder: Path, kind: Kind, url: str | None, stories: int, count: int) -> None:
    """Fill, write, back up."""
    folder.mkdir(parents=True, mode=0o700)
    with _filled(kind, url, stories) as filled:
        began = monotonic()
        config = Config(database_url=filled, secret_key=SECRET_KEY, data_dir=folder / "here", testing=True)
        _sign_for_what_is_there(config)
        made = make_backup_under_load(config, folder / "backup", count=count)
    shutil.copyfile(os.environ["PORTAL_DATA_KEYS"], folder / "data.keys")
    (folder / "secret").write_text(SECRET_KEY)
    (folder / "acknowledged").write_text("\n".join(made.before))
    manifest = made.manifest
    took = (manifest.finished_at - manifest.began_at).total_seconds()
    click.echo(
        f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {kind}, migration {manifest.migration}, a backup to carry"
    )
    click.echo(f"- Acknowledged before it began: {len(made.before)}; while it was made: {made.during}.")
    click.echo(f"- Writers that failed: {'; '.join(made.failures) or 'none'}.")
    click.echo(
        f"- {len(manifest.files)} files, {manifest.size:,} bytes, {took:.1f} s; manifest {manifest.digest}."
    )
    click.echo(f"- Writers and backup took {monotonic() - began:.0f} s.")
    sys.exit(bool(made.failures))


def _sign_for_what_is_there(config: Config) -> None:
    """As workers have on a portal that runs: the backup has checkpoints to carry."""
    engine = make_engine(config.database_url)
    keeper_of(config, engine).keep()
    engine.dispose()


@contextmanager
def _filled(kind: Kind, url: str | None, stories: int) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with migrated(kind, "real") as made, TemporaryDirectory() as folder:
        engine = make_engine(made)
        said = fill(
            Database(kind, made, engine), Path(folder), stories, lambda what: click.echo(what, err=True)
        )
        engine.dispose()
        click.echo(said, err=True)
        yield made


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--url", required=True, help="The restored database.")
def held(folder: Path, url: str) -> None:
    """Whether what was acknowledged before the backup began is there."""
    os.environ["PORTAL_DATA_KEYS"] = str(folder / "data.keys")
    before = (folder / "acknowledged").read_text().splitlines()
    engine = make_engine(url)
    lost = lost_in(engine, before)
    engine.dispose()
    click.echo(f"- Of {len(before)} acknowledged writes {len(lost)} are lost.")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
