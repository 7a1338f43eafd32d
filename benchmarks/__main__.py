"""``bin/bench [NAME…] [--json] [--quick] [--list]``."""

import sys
from collections.abc import Callable, Mapping, Sequence

import click

from benchmarks import calls, day, first_view, lighthouse, queue, record
from benchmarks.results import Result, table

ALL: Mapping[str, Callable[[bool], Sequence[Result]]] = {
    "W10": first_view.measure,
    "queue": queue.measure,
    "calls": calls.measure,
    "record": record.measure,
    "day": day.measure,
    "lighthouse": lighthouse.measure,
}


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line, and nothing else.")
@click.option("--quick", is_flag=True, help="Fewer rounds.")
@click.option("--list", "lists", is_flag=True, help="What can be measured.")
def main(names: Sequence[str], *, as_lines: bool, quick: bool, lists: bool) -> None:
    """Measure what is named, or all of it."""
    if lists:
        click.echo("\n".join(ALL))
        return
    known = {name.lower(): name for name in ALL}
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        raise click.UsageError(f"no such measure: {', '.join(unknown)}; there are {', '.join(ALL)}")
    for name in [known[name.lower()] for name in names] or ALL:
        results = ALL[name](quick)
        click.echo("\n".join(result.line() for result in results) if as_lines else table(results))
        sys.stdout.flush()


main()
