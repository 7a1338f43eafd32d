"""``bin/bench [NAME…] [--json] [--quick] [--database KIND] [--list]``; ``bin/bench book`` makes a book and has options of its own."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click

from benchmarks import (
    approving,
    book_import,
    calls,
    choices,
    day,
    first_view,
    growth,
    home,
    lighthouse,
    many_processes,
    plan_batch,
    plans,
    profiles,
    queue,
    record,
    signing,
    staff_sign_in,
    synthetic_book,
)
from benchmarks.databases import KINDS
from benchmarks.machine import BusyMachineError, refuse_busy
from benchmarks.results import table
from benchmarks.sizes import Asked, Measure

ALL: Final[Mapping[str, Measure]] = {
    "W1": home.measure,
    "W2": choices.measure,
    "W2-batch": plan_batch.measure,
    "W3": signing.measure,
    "W4": queue.measure,
    "W5": approving.measure,
    "W6": record.measure,
    "W7": book_import.measure,
    "W8": lambda asked: day.measure(asked.quick),
    "W9": staff_sign_in.measure,
    "W10": first_view.measure,
    "calls": calls.measure,
    "fleet": many_processes.measure,
    "lighthouse": lighthouse.measure,
}
ALSO: Final[Mapping[str, str]] = {"queue": "W4", "record": "W6", "day": "W8", "plans-batch": "W2-batch"}
"""What some are called in words."""
ONLY: Final[Mapping[str, str]] = {
    "W4": "postgresql", "W8": "postgresql", "W10": "sqlite", "calls": "postgresql", "fleet": "postgresql",
    "lighthouse": "sqlite",
}  # fmt: skip
"""What runs on one database alone: where a million rows belong, several processes are, or the demo is."""
OTHERS: Final[Mapping[str, click.Command]] = {
    "book": synthetic_book.main,
    "plans": plans.main,
    "growth": growth.main,
    "profile": profiles.main,
}
"""What has options of its own: ``bin/bench book --help``."""
BOTH: Final = "both"


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line, and nothing else.")
@click.option("--quick", is_flag=True, help="Small data and few operations.")
@click.option(
    "--database",
    type=click.Choice([*KINDS, BOTH]),
    default=BOTH,
    show_default=True,
    help="Where there is a choice.",
)
@click.option(
    "--busy", is_flag=True, help="Measure though other work keeps the machine busy: a try, not a figure."
)
@click.option("--list", "lists", is_flag=True, help="What can be measured.")
def main(
    names: Sequence[str], *, as_lines: bool, quick: bool, database: str, busy: bool, lists: bool
) -> None:
    """Measure what is named, or all of it. Exit status 2: the machine is too busy for a figure."""
    if lists:
        click.echo("\n".join(_listed()))
        return
    asked = Asked(quick, KINDS if database == BOTH else (database,))
    for name in [name for name in _known(names) or ALL if _runs_on(name, asked, is_named=bool(names))]:
        if not busy:
            _refuse_busy()
        results = ALL[name](asked)
        click.echo("\n".join(result.line() for result in results) if as_lines else table(results))
        sys.stdout.flush()


def _listed() -> Iterator[str]:
    words = {name: word for word, name in ALSO.items()}
    measures = [f"{name} ({words[name]})" if name in words else name for name in ALL]
    return iter([*measures, *(f"{name} (--help)" for name in OTHERS)])


def _known(names: Sequence[str]) -> Sequence[str]:
    known = {**{name.lower(): name for name in ALL}, **ALSO}
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        raise click.UsageError(f"no such measure: {', '.join(unknown)}; there are {', '.join(_listed())}")
    return [known[name.lower()] for name in names]


def _runs_on(name: str, asked: Asked, *, is_named: bool) -> bool:
    """Refuses what was named and does not run there; of all, what does not is left out, and that is said."""
    only = ONLY.get(name)
    if only is None or only in asked.databases:
        return True
    if is_named:
        raise click.UsageError(f"{name} runs on {only} alone, not on {' and '.join(asked.databases)}")
    sys.stderr.write(f"bench: {name} is left out: it runs on {only} alone\n")
    return False


def _refuse_busy() -> None:
    try:
        refuse_busy()
    except BusyMachineError as error:
        sys.stderr.write(f"bench: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in OTHERS:
        OTHERS[sys.argv[1]](sys.argv[2:], prog_name=f"bench {sys.argv[1]}")
    main()
