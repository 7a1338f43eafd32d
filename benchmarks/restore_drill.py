"""A drill: back up under load, restore elsewhere, prove: ``python -m benchmarks.restore_drill [--count 300] >> docs/drills.md``.

Prints a log in Markdown. Status 1 where something that was acknowledged is lost, or does not fit together.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.databases import KINDS, made_on
from portal.adapters.logs import configure_logs
from portal.config import Config
from portal.db import migrate
from tests.backup_under_load import KEY, Restored, back_up_under_load
from tests.postgresql_server import DURABLE, running_server


@click.command()
@click.option("--count", default=300, show_default=True, help="Acknowledged writes before the backup begins.")
@click.option(
    "--database", "kinds", type=click.Choice(KINDS), multiple=True, default=KINDS, show_default=True
)
def main(count: int, kinds: tuple[str, ...]) -> None:
    """Two writers sign and seal, two record, one keeps the record, while the backup is made; then it is restored elsewhere and proved."""
    configure_logs()
    is_well = True
    for kind in kinds:
        with TemporaryDirectory() as folder, _two_places(kind, Path(folder)) as (url, elsewhere):
            here = Config(database_url=url, secret_key=KEY, data_dir=Path(folder) / "here", testing=True)
            there = Config(
                database_url=elsewhere, secret_key=KEY, data_dir=Path(folder) / "there", testing=True
            )
            began = time.monotonic()
            restored = back_up_under_load(here, there, Path(folder) / "backup", count=count)
            click.echo(_log(kind, restored, time.monotonic() - began))
        is_well = is_well and restored.proof.is_whole and not restored.lost and not restored.failures
    sys.exit(not is_well)


@contextmanager
def _two_places(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a database with tables, and of one without anything."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'here.sqlite3'}"
        migrate(url)
        yield url, f"sqlite:///{folder / 'there.sqlite3'}"
        return
    with running_server(DURABLE) as server:
        url = made_on(server, "here")
        migrate(url)
        yield url, made_on(server, "there", like="template0")


def _log(kind: str, restored: Restored, seconds: float) -> str:
    manifest, proof = restored.manifest, restored.proof
    took = (manifest.finished_at - manifest.began_at).total_seconds()
    whole = "as it was recorded" if proof.record.is_whole else "NOT as it was recorded"
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {kind}, migration {manifest.migration}",
        f"- Acknowledged before the backup began: {restored.before}; while it was made: {restored.during}; lost: {len(restored.lost)}.",
        f"- Writers that failed: {len(restored.failures)}.",
        f"- Backup: {len(manifest.files)} files, {manifest.size:,} bytes, {took:.2f} s; manifest {manifest.digest}.",
        f"- Restored elsewhere: {proof.documents} documents, {len(proof.changed)} changed; {len(proof.broken)} rules between rows broken.",
        f"- Files from borrowers: {proof.files}, {len(proof.changed_files)} changed.",
        f"- Record: {proof.record.verdict.size} events, {proof.record.checkpoints} checkpoints, {whole}.",
        f"- All of it took {seconds:.0f} s.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
