"""What share of mutants the tests kill: ``bin/mutation [domain|services] [--seed 1] [--count 300] [--whole] [--again] [--file FILE]``.

A mutant is put into the loaded code of a forked process, and the tests that run its line are tried on it, the nearest first, until
one fails that passes without it. Tests are those in one process on SQLite; which of them run a line is found at the first start and
kept. Prints survivors as they differ, with how many of the tests that run the line were tried, then one JSON line a package.
"""

import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click
import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutation.reaching import digest
from tests.mutation.trying import Mutant, Outcome, Trying

OF_SERVICES: Final = ("tests/integration/services", "tests/integration/queries", "tests/integration/web")
TESTS: Final = {"domain": ("tests/unit/domain", *OF_SERVICES), "services": OF_SERVICES}
"""Folders whose tests are tried, the nearest first."""
COUNTS: Final = {"domain": 300, "services": 200}
MUTMUT: Final = "mutmut==3.8.1"
KEPT: Final = Path("var/mutation")
NOT_KILLED: Final = {"survived", "unreached", "not_made"}
PYTEST: Final = (
    *("-q", "-k", "not postgresql", "-p", "no:cacheprovider"),
    *("-o", "addopts=--import-mode=importlib", "-o", "tmp_path_retention_policy=failed"),
)
"""A test's folder goes with it: there are thousands."""
Z_95: Final = 1.959964


@click.command()
@click.argument("packages", nargs=-1, type=click.Choice(list(TESTS)))
@click.option("--seed", default=1, show_default=True, help="Of the sample.")
@click.option("--count", type=int, help="Mutants a package; 300 of the rules and 200 of the services.")
@click.option("--whole", is_flag=True, help="All mutants: days.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True),
    help="Only mutants of this file of the package; more than once for more files.",
)
@click.option("--again", is_flag=True, help="Only what survived when this sample was tried last.")
@click.option(
    "--tests", multiple=True, help="Folders of tests, the nearest first; those of the package by default."
)
@click.option("--seconds", default=20.0, show_default=True, help="Of a folder's tests tried on a mutant.")
def main(
    packages: Sequence[str],
    *,
    seed: int,
    count: int | None,
    whole: bool,
    files: Sequence[str],
    again: bool,
    tests: Sequence[str],
    seconds: float,
) -> None:
    """Try mutants of rules and services on their tests."""
    (KEPT / "reached").mkdir(parents=True, exist_ok=True)
    settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("mutation")
    of_packages = {package: files_of(package, files) for package in packages or TESTS}
    if not any(of_packages.values()):
        raise click.UsageError(f"no module of {' or '.join(of_packages)}: {', '.join(files)}")
    for package, mutated in of_packages.items():
        if not mutated:
            continue
        mutants, of = _drawn(package, mutated, seed, 0 if whole else count or COUNTS[package])
        kept = KEPT / f"{package}-{seed}-{len(mutants)}{_of_these(mutated) if files else ''}.json"
        before = _kept(kept) if again else {}
        asked = [
            mutant
            for mutant in mutants
            if mutant.name not in before or before[mutant.name].kind in NOT_KILLED
        ]
        folders = tests or TESTS[package]
        trying = Trying(asked, folders, KEPT / "reached", seconds)
        pytest.main([*folders, *PYTEST], plugins=[trying])
        outcomes = {**before, **trying.outcomes}
        if any(mutant.name not in outcomes for mutant in mutants):
            sys.exit(2)
        kept.write_text(json.dumps({name: asdict(outcome) for name, outcome in outcomes.items()}))
        for mutant in asked:
            outcome = outcomes[mutant.name]
            if outcome.kind in NOT_KILLED:
                tried = f"{outcome.tried} of {outcome.of} tests"
                click.echo(f"{mutant.file}:{mutant.line} {outcome.kind} {tried}\n{mutant.diff}\n")
        counted = _counted([outcomes[mutant.name].kind for mutant in mutants])
        click.echo(json.dumps({"package": f"portal/{package}", "seed": seed, "of": of, **counted}))


def _kept(file: Path) -> dict[str, Outcome]:
    return {name: Outcome(**found) for name, found in json.loads(file.read_text()).items()}


def files_of(package: str, files: Sequence[str]) -> Sequence[str]:
    """Of the package, from the root; or those of it that were asked for, however they were written."""
    every = [str(file) for file in sorted(Path(f"portal/{package}").rglob("*.py"))]
    asked = {Path(file).resolve() for file in files}
    return [file for file in every if Path(file).resolve() in asked] if files else every


def _of_these(files: Sequence[str]) -> str:
    """Tells what is kept of some files from what is kept of a package."""
    return f"-{hashlib.sha256(' '.join(files).encode()).hexdigest()[:8]}"


def _drawn(package: str, files: Sequence[str], seed: int, count: int) -> tuple[Sequence[Mutant], int]:
    """The mutants that are tried, and how many there are. Kept, for it takes a minute to find all of them."""
    of_texts = hashlib.sha256("".join(f"{file} {digest(Path(file))}" for file in files).encode()).hexdigest()
    kept = KEPT / f"drawn-{package}-{seed}-{count}-{of_texts[:16]}.jsonl"
    if not kept.exists():
        made = subprocess.run(
            [
                "uv", "run", "--quiet", "--no-project", "--isolated", "--with", MUTMUT,
                "python", "tests/mutation/mutants.py", str(seed), str(count), *files,
            ],
            check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        kept.write_text(made.stdout)
    first, *lines = kept.read_text().splitlines()
    return [Mutant(**json.loads(line)) for line in lines], json.loads(first)["all"]


def _counted(outcomes: Sequence[str]) -> dict[str, float]:
    counts = {
        name: outcomes.count(name) for name in ("killed", "timeout", "survived", "unreached", "not_made")
    }
    hits = counts["killed"] + counts["timeout"]
    low, high = wilson(hits, len(outcomes))
    return {
        "mutants": len(outcomes),
        **counts,
        "score": round(hits / len(outcomes), 4),
        "low": low,
        "high": high,
    }


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval that holds a share with 95 %."""
    share, square = hits / of, Z_95**2 / of
    middle = share + square / 2
    half = Z_95 * math.sqrt(share * (1 - share) / of + square / (4 * of))
    return round((middle - half) / (1 + square), 4), round((middle + half) / (1 + square), 4)


if __name__ == "__main__":
    main()
