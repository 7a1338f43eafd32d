"""Crash between send and mark: ``python -m benchmarks.message_crashes [--kills 200] [--database postgresql]``.

Status 1 where a message is lost or unknown.
"""

import sys

import click

from benchmarks.databases import KINDS, migrated
from portal.adapters.logs import configure_logs
from tests.message_crashes import crash


@click.command()
@click.option("--kills", default=200, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--database", "kind", type=click.Choice(KINDS), default="sqlite", show_default=True)
def main(kills: int, seed: int, kind: str) -> None:
    """Kill workers by SIGKILL while they send, let one finish, and count what was lost and what came twice."""
    configure_logs()
    with migrated(kind, "crashes") as url:
        tally = crash(url, kills=kills, seed=seed)
    click.echo(f"killed: {sum(tally.kills.values())} workers {dict(sorted(tally.kills.items()))}")
    click.echo(f"asked {tally.asked}, the vendor took {tally.taken}")
    click.echo(
        f"lost {tally.lost}, twice under one key {tally.twice}, under an unknown key {tally.strangers}, unfinished {tally.unfinished}"
    )
    sys.exit(bool(tally.lost or tally.strangers or tally.unfinished))


if __name__ == "__main__":
    main()
