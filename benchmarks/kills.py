"""Processes killed while people sign and decide: ``python -m benchmarks.kills [--kills 500] [--database postgresql] >> docs/drills.md``.

Prints a log in Markdown. Status 1 where something that was acknowledged is lost, or something is there by half.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from benchmarks.databases import KINDS, migrated
from portal.adapters.logs import configure_logs
from portal.db import make_engine
from tests.databases import Database
from tests.faults.killing import described, kill_at_each_point


@click.command()
@click.option("--kills", default=500, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--database", "kind", type=click.Choice(KINDS), default="postgresql", show_default=True)
def main(kills: int, seed: int, kind: str) -> None:
    """Kill servers and workers by SIGKILL, at each named point and at random, while four people send forms; then look at everything."""
    configure_logs()
    with migrated(kind, "kills") as url, TemporaryDirectory() as folder:
        engine = make_engine(url)
        database = Database("sqlite" if kind == "sqlite" else "postgresql", url, engine)
        tally = kill_at_each_point(database, Path(folder) / "data", kills=kills, seed=seed, told=_tell)
        engine.dispose()
    click.echo(f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, killed, {kind}")
    for name, said in described(tally).items():
        click.echo(f"- {name}: {said}")
    click.echo("")
    sys.exit(bool(tally.faults))


def _tell(where: str) -> None:
    click.echo(where, err=True)


if __name__ == "__main__":
    main()
