"""What share of mutants the tests kill: ``bin/mutation [domain|services] [--seed 1] [--count 300] [--whole] [--again]``.

A mutant is put into the loaded code of a forked process, and the tests that run its line are tried on it, the nearest and quickest
first, until one fails. Prints survivors as they differ, then one JSON line a package.
"""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutation.trying import Mutant, Trying

TESTS: Final = {
    "domain": ("tests/unit/domain",),
    "services": ("tests/integration/services",),
}
COUNTS: Final = {"domain": 300, "services": 200}
MUTMUT: Final = "mutmut==3.8.1"
KEPT: Final = Path("var/mutation")
NOT_KILLED: Final = {"survived", "unreached", "not_made"}
Z_95: Final = 1.959964


@click.command()
@click.argument("packages", nargs=-1, type=click.Choice(list(TESTS)))
@click.option("--seed", default=1, show_default=True, help="Of the sample.")
@click.option("--count", type=int, help="Mutants a package; 300 of the rules and 200 of the services.")
@click.option("--whole", is_flag=True, help="All mutants: days.")
@click.option("--again", is_flag=True, help="Only what survived when this sample was tried last.")
@click.option("--seconds", default=30.0, show_default=True, help="Of tests tried on a mutant at most.")
def main(
    packages: Sequence[str], *, seed: int, count: int | None, whole: bool, again: bool, seconds: float
) -> None:
    """Try mutants of rules and services on their tests."""
    KEPT.mkdir(parents=True, exist_ok=True)
    settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("mutation")
    for package in packages or TESTS:
        mutants, of = _drawn(package, seed, 0 if whole else count or COUNTS[package])
        kept = KEPT / f"{package}-{seed}-{len(mutants)}.json"
        before: dict[str, str] = json.loads(kept.read_text()) if again else {}
        asked = [mutant for mutant in mutants if before.get(mutant.name, "survived") in NOT_KILLED]
        trying = Trying(asked, KEPT / "reached.json", seconds)
        pytest.main(
            [
                *TESTS[package],
                "-q",
                "-k",
                "not postgresql",
                "-p",
                "no:cacheprovider",
                "-o",
                "addopts=--import-mode=importlib",
            ],
            plugins=[trying],
        )
        outcomes = {**before, **trying.outcomes}
        if len(outcomes) < len(mutants):
            sys.exit(2)
        kept.write_text(json.dumps(outcomes))
        for mutant in asked:
            if outcomes[mutant.name] in NOT_KILLED:
                click.echo(f"{mutant.file}:{mutant.line} {outcomes[mutant.name]}\n{mutant.diff}\n")
        click.echo(
            json.dumps(
                {"package": f"portal/{package}", "seed": seed, "of": of, **_counted(list(outcomes.values()))}
            )
        )


def _drawn(package: str, seed: int, count: int) -> tuple[Sequence[Mutant], int]:
    """The mutants that are tried, and how many there are."""
    made = subprocess.run(
        [
            "uv", "run", "--quiet", "--no-project", "--isolated", "--with", MUTMUT,
            "python", "tests/mutation/mutants.py", f"portal/{package}", str(seed), str(count),
        ],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    first, *lines = made.stdout.splitlines()
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
