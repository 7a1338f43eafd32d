"""Which statements of rules and services a test runs: found once, and kept by test file until it or what it runs changes.

Not looked at is what stands between: a page, a table or a helper of the tests. Take ``var/mutation/reached`` away to look afresh.
"""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

from tests.mutation.code_swaps import PROBE, loaded_from, probed, swap

ROOT: Final = Path.cwd()
SOURCE: Final = str(ROOT / "portal")
PROBED: Final = ("portal/domain/", "portal/services/")
SLOW: Final = 60
"""Seconds of a processor after which a test is not waited for: it is not tried on mutants."""
HANGS: Final = 900
"""Seconds after which nothing is waited for, however busy the machine."""
EXAMPLES: Final = 20
ENDED: Final = (-signal.SIGPROF, -signal.SIGALRM)
"""What a process answers whose time was over."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How long a test takes, in seconds of a processor, and the lines of the statements that it runs, by file."""

    seconds: float
    lines: Mapping[str, Sequence[int]]


def reached(items: Sequence[pytest.Item], folder: Path) -> Mapping[str, Reached]:
    """Of each test that passes, by its id; kept in ``folder``."""
    by_file: dict[Path, list[pytest.Item]] = {}
    for item in items:
        by_file.setdefault(item.path, []).append(item)
    kept = {file: folder / f"{_name(file).replace('/', '.')}.json" for file in by_file}
    new = {file: tests for file, tests in by_file.items() if not is_fresh(kept[file])}
    if new:
        forked(lambda: _look_at_all(new, kept))
    found: dict[str, Reached] = {}
    for file in by_file:
        for test, (seconds, lines) in json.loads(kept[file].read_text())["tests"].items():
            found[test] = Reached(seconds, lines)
    return found


def _look_at_all(by_file: Mapping[Path, Sequence[pytest.Item]], kept: Mapping[Path, Path]) -> int:
    """Each file in a process of its own, so that what was found is kept where this is ended."""
    seen: set[str] = set()
    _probe(seen)
    for number, (file, tests) in enumerate(by_file.items(), 1):
        print(f"looking {number}/{len(by_file)} {_name(file)}", file=sys.stderr, flush=True)
        _looked_at(tests, kept[file], seen)
    return 0


def is_fresh(kept: Path) -> bool:
    """Whether the test file and all that it runs are as they were when it was looked at."""
    if not kept.exists():
        return False
    files: Mapping[str, str] = json.loads(kept.read_text())["files"]
    return all((ROOT / file).exists() and digest(ROOT / file) == was for file, was in files.items())


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def stand_before(item: pytest.Item) -> None:
    """Ends what was made for another folder than the first test's; without it that test fails, whatever was changed."""
    item.session._setupstate.teardown_exact(item)


def forked(work: Callable[[], int]) -> int:
    """What ``work`` answers in a process of its own; a signal that ended it is negative."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        for ended in ENDED:
            signal.signal(-ended, signal.SIG_DFL)
        answer = 2
        try:
            answer = work()
        finally:
            os._exit(answer)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _shortened(item: pytest.Item) -> float:
    """Makes a test of Hypothesis's take few examples: they show where it goes. How many times longer the whole one is."""
    test: Any = getattr(item, "obj", None)
    whole = getattr(test, "_hypothesis_internal_use_settings", None)
    if whole is None or whole.max_examples <= EXAMPLES:
        return 1
    getattr(test, "__func__", test)._hypothesis_internal_use_settings = settings(whole, max_examples=EXAMPLES)
    return float(whole.max_examples / EXAMPLES)


def give(seconds: float) -> None:
    """Ends this process after so many seconds of a processor from now: a busy machine ends no test."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, HANGS)


def _spent() -> float:
    """Seconds of a processor so far, here and in processes that ended."""
    return sum(os.times()[:4])


def _looked_at(items: Sequence[pytest.Item], kept: Path, seen: set[str]) -> None:
    """In a process of its own; a test that takes too long ends it, and the rest are looked at in another."""
    told = kept.with_suffix(".part")
    told.write_text("")
    rest = list(items)
    while rest:
        before = len(told.read_text().splitlines())
        forked(lambda rest=rest: _watch(rest, told, seen))  # type: ignore[misc]
        done = len(told.read_text().splitlines()) - before
        if done < len(rest):
            print(f"left out, did not end: {rest[done].nodeid}", file=sys.stderr, flush=True)
        rest = rest[done + 1 :]
    tests: dict[str, Any] = {}
    for line in told.read_text().splitlines():
        tests |= json.loads(line)
    files = sorted({_name(items[0].path), *(file for _, lines in tests.values() for file in lines)})
    kept.write_text(json.dumps({"files": {file: digest(ROOT / file) for file in files}, "tests": tests}))
    told.unlink()


def _probe(seen: set[str]) -> None:
    """From here on, in this process and those that it forks, every statement of rules and services tells that it runs."""
    for file, functions in loaded_from(SOURCE).items():
        if _name(Path(file)).startswith(PROBED):
            source = Path(file).read_text()
            swap(functions, compile(source, file, "exec"), probed(source, file), {PROBE: seen.add})


def _watch(items: Sequence[pytest.Item], told: Path, seen: set[str]) -> int:
    """Runs tests and writes what each ran; what does not pass is left out, and said."""
    stand_before(items[0])
    with told.open("a") as out:
        for item, following in zip(items, [*items[1:], None], strict=True):
            seen.clear()
            times = _shortened(item)
            began = _spent()
            give(SLOW)
            reports = runtestprotocol(item, log=False, nextitem=following)
            found = {}
            if all(report.passed for report in reports):
                found[item.nodeid] = (round((_spent() - began) * times, 4), _by_file(seen))
            elif not any(report.skipped for report in reports):
                print(f"left out, does not pass: {item.nodeid}", file=sys.stderr, flush=True)
            out.write(json.dumps(found) + "\n")
            out.flush()
    return 0


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _by_file(seen: set[str]) -> Mapping[str, Sequence[int]]:
    lines: dict[str, list[int]] = {}
    for place in seen:
        file, line = place.rsplit(":", 1)
        lines.setdefault(_name(Path(file)), []).append(int(line))
    return {file: sorted(found) for file, found in sorted(lines.items())}
