"""Which statement uses which index (``bin/bench plans``): everything that the product says to its database, under EXPLAIN over a long book.

Two plans a statement: the one that PostgreSQL takes, and the one that it would take if it had to go by an index wherever one serves
(tables that are short here are read whole by any plan). An index that stands in neither serves nothing that is said here: it is
named, unless ``kept_indexes`` says who goes by it at other times. A whole long table that the first plan reads is named with who asks.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks.databases import migrated
from benchmarks.kept_indexes import KEPT
from benchmarks.long_tables import multiply
from benchmarks.said_statements import Saying, live_through_the_demo
from portal.db import make_engine
from tests.databases import Database
from tests.people import TODAY

LOANS, QUICK_LOANS = 1_000_000, 100_000
LONG: Final = 20_000
"""Rows of a table that nobody reads whole for one page."""
_EXPLAINED: Final = ("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")


@dataclass(slots=True)
class Found:
    """By index, who goes by it: of the plans taken, and of those that would be; by table, who reads it whole."""

    taken: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    possible: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    whole: dict[str, dict[str, tuple[float, str]]] = field(default_factory=lambda: defaultdict(dict))
    not_explained: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    table: str
    keeps_unique: bool
    megabytes: float


def plans_over(database: Database, sayings: Sequence[Saying]) -> Found:
    found = Found()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        rows: dict[str, float] = dict(
            connection.execute(text("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")).all()
        )
        for saying in sayings:
            if saying.words.lstrip().upper().startswith(_EXPLAINED):
                _explain(connection, saying, found, rows)
    return found


def _explain(connection: Connection, saying: Saying, found: Found, rows: Mapping[str, float]) -> None:
    whom = f"{saying.who} ({saying.where})"
    try:
        plan = _plan(connection, saying, by_index=False)
        for node in _nodes(plan):
            if name := node.get("Index Name"):
                found.taken[name].add(whom)
            table = str(node.get("Relation Name", ""))
            if node["Node Type"] == "Seq Scan" and rows.get(table, 0) >= LONG:
                found.whole[table][whom] = (float(plan["Total Cost"]), " ".join(saying.words.split())[:400])
        for node in _nodes(_plan(connection, saying, by_index=True)):
            if name := node.get("Index Name"):
                found.possible[name].add(whom)
    except DBAPIError as error:
        found.not_explained.append(
            f"{whom}: {str(error.orig).splitlines()[0]}: {' '.join(saying.words.split())[:120]}"
        )


def _plan(connection: Connection, saying: Saying, *, by_index: bool) -> dict[str, Any]:
    connection.execute(text(f"SET enable_seqscan = {'off' if by_index else 'on'}"))
    said: Any = connection.exec_driver_sql(
        f"EXPLAIN (FORMAT JSON) {saying.words}", saying.parameters or None
    ).scalar()
    plans: list[dict[str, Any]] = json.loads(said) if isinstance(said, str) else said
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
    if arbiter := plan.get("Conflict Arbiter Indexes"):
        yield from ({"Node Type": "Conflict", "Index Name": name} for name in arbiter)


def indexes_of(engine: Engine) -> Sequence[Index]:
    asked = """
    SELECT c.relname, t.relname, i.indisunique, pg_relation_size(c.oid) / 1048576.0 FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = 'public' ORDER BY 2, 1"""
    with engine.connect() as connection:
        return [
            Index(name, table, unique, float(size))
            for name, table, unique, size in connection.execute(text(asked))
        ]


def told(found: Found, indexes: Sequence[Index], kept: Mapping[str, str] = KEPT) -> Iterator[str]:
    yield "| index | table | MB | goes by it | would |"
    yield "|---|---|---:|---|---|"
    for index in indexes:
        taken, possible = found.taken.get(index.name, set()), found.possible.get(index.name, set())
        role = "keeps unique" if index.keeps_unique and not taken | possible else ""
        said = _some(taken) or role or ("" if possible else kept.get(index.name, "NOBODY"))
        yield f"| `{index.name}` | `{index.table}` | {index.megabytes:.1f} | {said} | {_some(possible - taken)} |"
    yield ""
    yield f"Whole tables of {LONG:,} rows and more:"
    for table, who in sorted(found.whole.items()):
        for whom, (cost, words) in sorted(who.items()):
            yield f"- `{table}`: {whom}, cost {cost:,.0f}: `{words}`"
    if found.not_explained:
        yield ""
        yield "Not explained:"
        yield from (f"- {each}" for each in found.not_explained)


def _some(who: set[str]) -> str:
    first = sorted(who)[:2]
    return "; ".join(first) + (f" and {len(who) - 2} more" if len(who) > 2 else "")


def unused(found: Found, indexes: Sequence[Index], kept: Mapping[str, str] = KEPT) -> Sequence[str]:
    """Of no use to anything we say, keeping nothing unique, and kept for nothing else."""
    served = {*found.taken, *found.possible, *kept}
    return [index.name for index in indexes if not index.keeps_unique and index.name not in served]


def gone(indexes: Sequence[Index], kept: Mapping[str, str] = KEPT) -> Sequence[str]:
    """Said to be kept, and not there."""
    return sorted(kept.keys() - {index.name for index in indexes})


@contextmanager
def long_demo(loans: int) -> Iterator[tuple[Database, Sequence[Saying]]]:
    """The demo with so many loans of the synthetic book beside its own, and as long tables around them; what the demo said."""
    with migrated("postgresql", "plans") as url, TemporaryDirectory(prefix="bench-") as name:
        database = Database("postgresql", url, make_engine(url))
        begun = time.monotonic()
        sayings = live_through_the_demo(database, Path(name), TODAY)
        _say(f"{len(sayings)} statements heard in {time.monotonic() - begun:.0f} s")
        multiply(database, loans)
        _say(f"{loans:,} loans beside them after {time.monotonic() - begun:.0f} s")
        try:
            yield database, sayings
        finally:
            database.engine.dispose()


def _say(line: str) -> None:
    sys.stderr.write(f"bench: plans: {line}\n")


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_LOANS:,} loans instead of {LOANS:,}.")
@click.option("--loans", type=click.IntRange(1000, 10_000_000), help="So many.")
@click.option("--write", "path", type=click.Path(path_type=Path, dir_okay=False), help="Into a file as well.")
def main(*, quick: bool, loans: int | None, path: Path | None) -> None:
    """Which statement uses which index, on PostgreSQL. Exit status 1 where one serves nothing, or one that is kept is not there."""
    with long_demo(loans or (QUICK_LOANS if quick else LOANS)) as (database, sayings):
        found, indexes = plans_over(database, sayings), indexes_of(database.engine)
    lines = "\n".join(told(found, indexes))
    click.echo(lines)
    if path is not None:
        path.write_text(lines + "\n", encoding="utf-8")
    nothing, missing = unused(found, indexes), gone(indexes)
    if nothing:
        click.echo(f"Of no use: {', '.join(nothing)}", err=True)
    if missing:
        click.echo(f"Named in kept_indexes and not there: {', '.join(missing)}", err=True)
    if nothing or missing:
        sys.exit(1)


if __name__ == "__main__":
    main()
