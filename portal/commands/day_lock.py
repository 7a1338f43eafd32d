"""One run of a day at a time. Whoever dies lets go at once: the lock belongs to a connection, or to an open file."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sqlalchemy import Engine, text

_KEY: Final = 7105022
_PAUSE: Final = 0.2


@contextmanager
def day_lock(engine: Engine, *, seconds: float) -> Iterator[bool]:
    """Whether the lock was got, waiting at most so long for whoever holds it."""
    name = engine.url.database
    if engine.dialect.name == "postgresql":
        with _lock_of_server(engine, seconds) as is_held:
            yield is_held
    elif name and name != ":memory:":
        with Path(f"{name}.day").open("w", encoding="utf-8") as file:
            yield _within(seconds, lambda: _is_locked(file))
    else:
        yield True


def is_day_locked(engine: Engine) -> bool:
    """Whether somebody runs a day now. Nothing is changed for it, and on PostgreSQL nothing is held."""
    name = engine.url.database
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            return bool(connection.scalar(text(_HOLDERS), {"key": _KEY}))
    try:
        with Path(f"{name}.day").open(encoding="utf-8") as file:
            return not _is_locked(file)
    except FileNotFoundError:
        return False


_HOLDERS: Final = """
SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE locktype = 'advisory' AND classid = 0 AND objid = :key AND objsubid = 1 AND granted AND d.datname = current_database()
"""


@contextmanager
def _lock_of_server(engine: Engine, seconds: float) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taking = text("SELECT pg_try_advisory_lock(:key)")
        is_held = _within(seconds, lambda: bool(connection.scalar(taking, {"key": _KEY})))
        try:
            yield is_held
        finally:
            connection.execute(text("SELECT pg_advisory_unlock_all()"))


def _is_locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _within(seconds: float, is_taken: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not is_taken():
        if time.monotonic() >= until:
            return False
        time.sleep(_PAUSE)
    return True
