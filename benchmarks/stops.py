"""PostgreSQL stopped hard under load: ``python -m benchmarks.stops [--stops 12] >> docs/drills.md``.

Prints a log in Markdown. Status 1 where a page was no calm page, or something is lost or there by half.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click

from portal.adapters.logs import configure_logs
from tests.faults.stopping import stop_again_and_again
from tests.postgresql_server import stoppable_server


@click.command()
@click.option("--stops", default=12, show_default=True)
@click.option("--seed", default=7, show_default=True)
def main(stops: int, seed: int) -> None:
    """Stop the database as ``pg_ctl stop -m immediate`` does, start it again, and cut connections in between; then look at everything."""
    configure_logs()
    with stoppable_server() as server, TemporaryDirectory() as folder:
        found = stop_again_and_again(server, Path(folder) / "data", stops=stops, seed=seed, told=_tell)
    times = sorted(found.recoveries)
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, PostgreSQL stopped hard {stops} times",
        f"- Ready again after the database took connections: median {median(times):.2f} s, at most {times[-1]:.2f} s.",
        f"- Connections cut besides: {found.cuts}.",
        f"- Forms acknowledged: {found.acknowledged}; answers {dict(sorted(found.answers.items()))}.",
        f"- Pages meanwhile: {dict(sorted(found.pages.items()))}.",
        f"- Wrong: {'; '.join(found.faults) or 'nothing'}.",
        "",
    ]
    click.echo("\n".join(lines))
    sys.exit(bool(found.faults))


def _tell(what: str) -> None:
    click.echo(what, err=True)


if __name__ == "__main__":
    main()
