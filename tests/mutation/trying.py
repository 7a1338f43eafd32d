"""A pytest plugin that, instead of running the tests once, tries mutants on those that run their lines."""

import hashlib
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.code_swaps import loaded_from, statement_of, swap
from tests.mutation.reaching import ENDED, SOURCE, Reached, forked, give, reached, stand_before

GRACE: Final = 20
"""Seconds of a processor that a test may take beside ten times what it took."""
MEMORY: Final = 6 * 1024**3
NOT_MADE: Final = 3


@dataclass(frozen=True, slots=True)
class Mutant:
    file: str
    line: int
    source: str
    diff: str

    @property
    def name(self) -> str:
        return hashlib.sha256(f"{self.file}\n{self.line}\n{self.source}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant, by which test, and how many of those that run its line were tried."""

    kind: str
    by: str = ""
    tried: int = 0
    of: int = 0

    @property
    def is_killed(self) -> bool:
        return self.kind in {"killed", "timeout"}

    def after(self, nearer: "Outcome") -> "Outcome":
        """With what was tried on it before, without killing it."""
        kind = nearer.kind if self.kind == "unreached" else self.kind
        return Outcome(kind, self.by, nearer.tried + self.tried, nearer.of + self.of)


@dataclass
class Trying:
    """``folders`` (or files) of tests in the order in which they are tried: a further one only for what the nearer ones left alive."""

    mutants: Sequence[Mutant]
    folders: Sequence[str]
    kept: Path
    seconds: float
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        _warm(session.items)
        for folder in self.folders:
            left = [mutant for mutant in self.mutants if not self._is_killed(mutant)]
            items = [item for item in session.items if item.nodeid.startswith((f"{folder}/", f"{folder}::"))]
            if left and items:
                self._try_on(left, {item.nodeid: item for item in items})
        return True

    def _is_killed(self, mutant: Mutant) -> bool:
        return mutant.name in self.outcomes and self.outcomes[mutant.name].is_killed

    def _try_on(self, mutants: Sequence[Mutant], items: Mapping[str, pytest.Item]) -> None:
        known = reached(list(items.values()), self.kept)
        for number, mutant in enumerate(mutants, 1):
            statement = statement_of(Path(mutant.file).read_text(), mutant.line)
            tests = [test for test in in_turn(mutant.file, statement, known) if test in items]
            chosen = [items[test] for test in within(tests, known, self.seconds)]
            outcome = _tried(mutant, chosen, len(tests), known)
            before = self.outcomes.get(mutant.name)
            outcome = outcome.after(before) if before else outcome
            self.outcomes[mutant.name] = outcome
            told = f"{outcome.kind} {mutant.file}:{mutant.line} {outcome.by} {outcome.tried}/{outcome.of}"
            print(f"{number}/{len(mutants)} {told}", file=sys.stderr, flush=True)


def _tried(mutant: Mutant, items: Sequence[pytest.Item], of: int, known: Mapping[str, Reached]) -> Outcome:
    """A test that fails without the mutant too, where it stands in the row, is no witness; the others are tried without it."""
    left = list(items)
    while left:
        answer, last = _run(left, known, mutant)
        if answer == NOT_MADE:
            return Outcome("not_made", of=of)
        if not answer:
            return Outcome("survived", tried=len(left), of=of)
        if not _run(left[: last + 1], known, None)[0]:
            kind = "timeout" if answer in ENDED else "killed"
            return Outcome(kind, left[last].nodeid, last + 1, of)
        print(f"fails by itself: {left[last].nodeid}", file=sys.stderr, flush=True)
        del left[last]
    return Outcome("unreached", of=of)


def _run(
    items: Sequence[pytest.Item], known: Mapping[str, Reached], mutant: Mutant | None
) -> tuple[int, int]:
    """0 where all tests passed, else what ended them; and the place of the last that was begun."""
    with tempfile.NamedTemporaryFile() as told:

        def attempt() -> int:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            if mutant and not _put_in(mutant):
                return NOT_MADE
            stand_before(items[0])
            for place, (item, following) in enumerate(zip(items, [*items[1:], None], strict=True)):
                Path(told.name).write_text(str(place))
                give(GRACE + 10 * known[item.nodeid].seconds)
                if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                    return 1
            return 0

        answer = forked(attempt)
        return answer, int(Path(told.name).read_text() or 0)


def _put_in(mutant: Mutant) -> int:
    file = str(Path(mutant.file).resolve())
    before = compile(Path(file).read_text(), file, "exec")
    return swap(loaded_from(SOURCE).get(file, []), before, compile(mutant.source, file, "exec"))


def in_turn(file: str, line: int, known: Mapping[str, Reached]) -> Sequence[str]:
    """The tests that run a statement: those named after the module first, then one of each file in turn.

    The quickest of a file comes first, so that many kinds of tests fit into a short time.
    """
    running = sorted(
        (test for test, found in known.items() if line in found.lines.get(file, ())),
        key=lambda test: known[test].seconds,
    )
    turns: Counter[str] = Counter()
    order: dict[str, tuple[bool, int, float]] = {}
    for test in running:
        path = test.split("::")[0]
        is_its_own = Path(path).name == f"test_{Path(file).name}"
        order[test] = not is_its_own, turns[path], known[test].seconds
        turns[path] += 1
    return sorted(order, key=order.__getitem__)


def within(tests: Sequence[str], known: Mapping[str, Reached], seconds: float) -> Sequence[str]:
    """Those of them that fit into ``seconds`` one after the other; the very first in any case."""
    chosen: list[str] = []
    total = 0.0
    for test in tests:
        takes = known[test].seconds
        if not chosen or total + takes <= seconds:
            chosen.append(test)
            total += takes
    return chosen


def _warm(items: Sequence[pytest.Item]) -> None:
    """What all tests share is made once, before processes are forked: the template of the database."""
    sharing = [item for item in items if "sqlite_template" in getattr(item, "fixturenames", ())]
    sharing = sharing or [item for item in items if "database" in getattr(item, "fixturenames", ())]
    if sharing:
        others = [item for item in items if item.path != sharing[0].path]
        runtestprotocol(sharing[0], log=False, nextitem=(others or items)[-1])
