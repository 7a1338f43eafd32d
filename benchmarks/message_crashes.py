"""Crash between send and mark: ``python -m benchmarks.message_crashes [--kills 200]``; status 1 where a message is lost or unknown."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from portal.adapters.logs import configure_logs
from portal.db import migrate
from tests.message_crashes import crash


@click.command()
@click.option("--kills", default=200, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--database", default="", help="An empty database; a file of its own where none is named.")
def main(kills: int, seed: int, database: str) -> None:
    """Kill workers by SIGKILL while they send, let one finish, and count what was lost and what came twice."""
    configure_logs()
    with TemporaryDirectory() as folder:
        url = database or f"sqlite:///{Path(folder) / 'crashes.sqlite3'}"
        migrate(url)
        tally = crash(url, kills=kills, seed=seed)
    click.echo(f"killed: {sum(tally.kills.values())} workers {dict(sorted(tally.kills.items()))}")
    click.echo(f"asked {tally.asked}, the vendor took {tally.taken}")
    click.echo(
        f"lost {tally.lost}, twice under one key {tally.twice}, under an unknown key {tally.strangers}, unfinished {tally.unfinished}"
    )
    sys.exit(bool(tally.lost or tally.strangers or tally.unfinished))


if __name__ == "__main__":
    main()
