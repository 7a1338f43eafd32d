"""A pytest plugin that, instead of running the tests once, tries mutants on those that run their lines."""

import hashlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.code_swaps import PROBE, loaded_from, probed, statement_of, swap

SOURCE: Final = str(Path("portal").resolve())
PROBED: Final = ("portal/domain", "portal/services")
GRACE: Final = 20
"""Seconds a test may take beside ten times what it took."""
MEMORY: Final = 6 * 1024**3


@dataclass(frozen=True, slots=True)
class Mutant:
    file: str
    line: int
    source: str
    diff: str

    @property
    def name(self) -> str:
        return hashlib.sha256(f"{self.file}\n{self.line}\n{self.source}".encode()).hexdigest()


@dataclass
class Reached:
    """What a test runs, and how long it takes: seconds and ``file:line`` of statements."""

    seconds: float
    lines: Sequence[str]


@dataclass
class Trying:
    mutants: Sequence[Mutant]
    kept: Path
    seconds: float
    outcomes: dict[str, str] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = session.items
        _warm(items)
        reached = self._reached(items)
        by_line: dict[str, list[pytest.Item]] = {}
        for item in items:
            for line in reached[item.nodeid].lines if item.nodeid in reached else ():
                by_line.setdefault(line, []).append(item)
        order = {item.nodeid: place for place, item in enumerate(items)}
        for number, mutant in enumerate(self.mutants, 1):
            statement = statement_of(Path(mutant.file).read_text(), mutant.line)
            nearest = sorted(
                by_line.get(f"{Path(mutant.file).resolve()}:{statement}", []),
                key=lambda item: (_distance(item), reached[item.nodeid].seconds, order[item.nodeid]),
            )
            outcome = self._tried(mutant, nearest, reached)
            self.outcomes[mutant.name] = outcome
            print(
                f"{number}/{len(self.mutants)} {outcome} {mutant.file}:{mutant.line}",
                file=sys.stderr,
                flush=True,
            )
        return True

    def _tried(self, mutant: Mutant, items: Sequence[pytest.Item], reached: dict[str, Reached]) -> str:
        chosen: list[pytest.Item] = []
        total = 0.0
        for item in items:
            total += reached[item.nodeid].seconds
            if total > self.seconds and chosen:
                break
            chosen.append(item)
        if not chosen:
            return "unreached"

        def attempt() -> int:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            file = str(Path(mutant.file).resolve())
            before = compile(Path(file).read_text(), file, "exec")
            if not swap(loaded_from(SOURCE).get(file, []), before, compile(mutant.source, file, "exec")):
                return 3
            _stand_before(chosen[0])
            for item, following in zip(chosen, [*chosen[1:], None], strict=True):
                signal.setitimer(signal.ITIMER_REAL, GRACE + 10 * reached[item.nodeid].seconds)
                if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                    return 1
            return 0

        return {0: "survived", 1: "killed", -signal.SIGALRM: "timeout", 3: "not_made"}.get(
            _forked(attempt), "killed"
        )

    def _reached(self, items: Sequence[pytest.Item]) -> dict[str, Reached]:
        """Kept by the text of test file and rules, so that only what is new is run again."""
        kept: dict[str, Any] = json.loads(self.kept.read_text()) if self.kept.exists() else {}
        sources = "".join(_hash(file) for folder in PROBED for file in sorted(Path(folder).rglob("*.py")))
        keys = {
            item.path: hashlib.sha256((sources + _hash(item.path)).encode()).hexdigest() for item in items
        }
        new = [item for item in items if keys[item.path] not in kept]
        if new:
            with tempfile.NamedTemporaryFile(dir=self.kept.parent) as told:
                _forked(lambda: _watch(new, Path(told.name)))
                seen = json.loads(Path(told.name).read_text())
            for item in new:
                entry = kept.setdefault(keys[item.path], {})
                if item.nodeid in seen:
                    entry[item.nodeid] = seen[item.nodeid]
            self.kept.write_text(json.dumps(kept))
        return {
            name: Reached(**found) for key in set(keys.values()) for name, found in kept.get(key, {}).items()
        }


def _watch(items: Sequence[pytest.Item], told: Path) -> int:
    """Runs tests with probes in every statement; what does not pass is left out, and said."""
    seen: set[str] = set()
    for file, functions in loaded_from(SOURCE).items():
        if any(f"/{folder}/" in file for folder in PROBED):
            source = Path(file).read_text()
            swap(functions, compile(source, file, "exec"), probed(source, file), {PROBE: seen.add})
    found: dict[str, dict[str, Any]] = {}
    _stand_before(items[0])
    for item, following in zip(items, [*items[1:], None], strict=True):
        seen.clear()
        began = time.perf_counter()
        reports = runtestprotocol(item, log=False, nextitem=following)
        if all(report.passed for report in reports):
            found[item.nodeid] = {"seconds": round(time.perf_counter() - began, 4), "lines": sorted(seen)}
        else:
            print(f"left out, does not pass: {item.nodeid}", file=sys.stderr, flush=True)
    told.write_text(json.dumps(found))
    return 0


def _warm(items: Sequence[pytest.Item]) -> None:
    """What all tests share is made once, before processes are forked: the template of the database."""
    sharing = [item for item in items if "sqlite_template" in getattr(item, "fixturenames", ())]
    sharing = sharing or [item for item in items if "database" in getattr(item, "fixturenames", ())]
    if sharing:
        others = [item for item in items if item.path != sharing[0].path]
        runtestprotocol(sharing[0], log=False, nextitem=(others or items)[-1])


def _stand_before(item: pytest.Item) -> None:
    """Ends what was made for another folder than the first test's; without it that test fails, whatever was changed."""
    item.session._setupstate.teardown_exact(item)


def _distance(item: pytest.Item) -> int:
    return 0 if "unit" in item.path.parts else 1


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _forked(work: Callable[[], int]) -> int:
    """What ``work`` answers in a process of its own; a signal that ended it is negative."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        answer = 2
        try:
            answer = work()
        finally:
            os._exit(answer)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
