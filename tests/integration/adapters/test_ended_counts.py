"""What ended processes counted stays, in one file for all of them; what the living have open is left alone."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from portal.adapters.ended_counts import counts_at_rest, fold_ended_counts

COUNTS = """
from portal.adapters import metrics
metrics.JOBS.labels("agreement:seal", "done").inc()
metrics.JOB_SECONDS.labels("agreement:seal").observe(0.3)
metrics.CONNECTIONS.labels("in_use").set(2)
print("counted", flush=True)
input()
"""
Counting = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    """A process that has counted one piece of work; it lives until it is told to end."""
    begun: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, "-c", COUNTS], env=environ, stdin=pipe, stdout=pipe, text=True
        )
        begun.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "counted\n"
        return process

    yield begin
    for process in begun:
        end(process)


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def told(folder: Path) -> dict[str, float]:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    lines = generate_latest(registry).decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def test_what_ended_processes_counted_stays_and_their_files_go(tmp_path: Path, counting: Counting) -> None:
    end(counting())
    fold_ended_counts(tmp_path)
    end(counting())
    living = counting()
    before = told(tmp_path)
    fold_ended_counts(tmp_path)
    after = told(tmp_path)
    assert after.pop('portal_pool_connections{state="in_use"}') == 2
    assert before.pop('portal_pool_connections{state="in_use"}') == 4
    assert after == before
    assert after['portal_jobs_total{kind="agreement:seal",outcome="done"}'] == 3
    assert after['portal_job_seconds_count{kind="agreement:seal"}'] == 3
    mine = {f"{kind}_{living.pid}.db" for kind in ("counter", "histogram", "gauge_livesum")}
    assert {path.name for path in tmp_path.glob("*.db")} == mine | {"counter_ended.db", "histogram_ended.db"}


def test_what_is_no_file_of_counts_keeps_nobody_from_starting(tmp_path: Path) -> None:
    (tmp_path / "counter_4194305.db").write_bytes(b"")
    (tmp_path / "counter_4194306.db").write_bytes(b"\xff" * 100)
    (tmp_path / "notes.db").write_bytes(b"")
    fold_ended_counts(tmp_path)
    assert {path.name for path in tmp_path.glob("*_4*.db")} == set()
    assert (tmp_path / "notes.db").exists()
    fold_ended_counts(tmp_path / "none")


@pytest.mark.parametrize("damage", [b"", b"\xff" * 100])
def test_sums_that_cannot_be_read_begin_anew(tmp_path: Path, counting: Counting, damage: bytes) -> None:
    (tmp_path / "counter_ended.db").write_bytes(damage)
    end(counting())
    fold_ended_counts(tmp_path)
    assert told(tmp_path)['portal_jobs_total{kind="agreement:seal",outcome="done"}'] == 1


class KilledError(BaseException):
    """The process is gone: nothing that comes after it is done."""


@pytest.mark.parametrize("act", ["replace", "unlink"])
def test_who_is_killed_while_adding_up_counts_nothing_twice(
    tmp_path: Path, counting: Counting, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """Before each step on the way: once more, and each time the sum is what was counted."""
    for _ in range(2):
        end(counting())
    done, line = getattr(Path, act), 'portal_jobs_total{kind="agreement:seal",outcome="done"}'

    for survived in range(12):
        left = survived

        def dying(path: Path, *how: object, **more: object) -> object:
            nonlocal left
            if not left:
                raise KilledError
            left -= 1
            return done(path, *how, **more)

        with monkeypatch.context() as killing:
            killing.setattr(Path, act, dying)
            with suppress(KilledError):
                fold_ended_counts(tmp_path)
        with counts_at_rest(tmp_path):
            assert told(tmp_path)[line] == 2
    fold_ended_counts(tmp_path)
    assert told(tmp_path)[line] == 2
    assert {path.suffix for path in tmp_path.iterdir()} == {".db", ".lock"}
