"""Where the processor time of a workload goes, function by function: the profile that a missed target asks for.

Shares of the application's own process; what the database's server does is not in them.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Final

import click

from benchmarks import approving, choices, home, record, sealed_documents, signing, staff_sign_in
from benchmarks.borrowers import SIGNED_IN
from benchmarks.databases import KINDS
from benchmarks.rounds import watched
from benchmarks.samples import Samples
from benchmarks.worlds import World, world
from portal.adapters.record_keys import make_record_key
from tests.journeys.servers import ROOT

WORKLOADS: Final[Mapping[str, Callable[[World], object]]] = {
    "W1": lambda made: home.beside_references(made, home.make_homes(made, SIGNED_IN, 0), home.QUICK_AT_ONCE),
    "W2": lambda made: choices.beside_ready_rows(
        made, choices.make_choosers(made, SIGNED_IN), home.QUICK_AT_ONCE
    ),
    "W3": lambda made: signing.beside_references(made, signing.QUICK_AT_ONCE),
    "W5": lambda made: approving.beside_signing(made, signing.QUICK_AT_ONCE),
    "W5-document": lambda made: sealed_documents.drawn_alone(made, 1),
    "W6": lambda made: record.verified_in_turn(
        made.database.engine,
        made.folder / "checkpoints",
        make_record_key(made.folder / "record.pem", "example.org/record"),
        record.QUICK_MANY,
    ),
    "W9": lambda made: staff_sign_in.beside_argon2(made, staff_sign_in.STAFF),
}
"""What runs in one process, at the quick size."""
OURS: Final = f"{ROOT / 'portal'}{os.sep}"
LEAST: Final = 0.02
"""The share from which a function is told."""


@click.command()
@click.argument("name", type=click.Choice(list(WORKLOADS)))
@click.option("--database", type=click.Choice(KINDS), default="sqlite", show_default=True)
@click.option("--least", default=LEAST, show_default=True, help="The share from which a function is told.")
@click.option("--libraries", is_flag=True, help="Functions of libraries as well.")
def main(name: str, *, database: str, least: float, libraries: bool) -> None:
    """Profile a workload: shares of processor time by function, the largest first."""
    samples = Samples()
    with world(database, "profile") as made, watched(samples):
        WORKLOADS[name](made)
    click.echo(f"{name} on {database}, {samples.seconds:.1f} s of processor time")
    click.echo("with all it calls | by itself")
    for line in samples.lines(least):
        if libraries or line.code.co_filename.startswith(OURS):
            click.echo(f"{line.within:6.1%} {line.own:6.1%}  {where(line.code)}")


def where(code: CodeType) -> str:
    """File, line and name of a function; the file from the project's root, a library's by its end alone."""
    path = Path(code.co_filename)
    told = path.relative_to(ROOT) if path.is_relative_to(ROOT / "portal") else Path(*path.parts[-2:])
    return f"{told}:{code.co_firstlineno} {code.co_name}"
