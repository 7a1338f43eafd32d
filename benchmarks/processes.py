"""Processor time of the application and of the database's server: of each process, its threads and what it started."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _REAPED_USER, _REAPED_SYSTEM = 1, 11, 12, 13, 14
"""Fields of /proc/PID/stat behind the name."""


@dataclass(frozen=True, slots=True)
class Meter:
    """``roots`` are watched with everything below them; this process too where ``own``."""

    roots: frozenset[int]
    own: bool = True

    def seconds(self) -> float:
        """Processor seconds so far, of processes that have ended meanwhile too; only differences mean something."""
        others = sum(_seconds(pid) for pid in _below(self.roots))
        return others + (time.process_time() if self.own else 0.0)


def database_server(engine: Engine) -> frozenset[int]:
    """The server's first process where it runs on this machine; none on SQLite, which works in ours."""
    if engine.dialect.name != "postgresql":
        return frozenset()
    with engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    stat = _stat(int(backend or 0))
    if stat is None:
        raise RuntimeError("the database's server does not run on this machine: its time cannot be read")
    return frozenset({int(stat[_PARENT])})


def _below(roots: frozenset[int]) -> frozenset[int]:
    if not roots:
        return roots
    parents: Mapping[int, int] = {
        int(entry.name): int(stat[_PARENT])
        for entry in _PROC.iterdir()
        if entry.name.isdigit() and (stat := _stat(int(entry.name)))
    }
    found = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return frozenset(found)


def _stat(pid: int) -> list[str] | None:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _seconds(pid: int) -> float:
    """Running and ended threads; hundredths of a second where the kernel keeps nothing finer."""
    stat = _stat(pid)
    if stat is None:
        return 0.0
    reaped = (int(stat[_REAPED_USER]) + int(stat[_REAPED_SYSTEM])) / _TICKS
    try:
        threads = [int((each / "schedstat").read_text().split()[0]) for each in _tasks(pid)]
    except OSError:
        return reaped + (int(stat[_USER]) + int(stat[_SYSTEM])) / _TICKS
    return reaped + sum(threads) / 1e9


def _tasks(pid: int) -> list[Path]:
    return list((_PROC / str(pid) / "task").iterdir())
