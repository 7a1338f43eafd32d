"""Engine, session and transaction: the only place that commits.

SQLite: WAL, foreign keys, synchronous FULL, ``BEGIN IMMEDIATE`` for writers behind a fair lock of this process (bare busy_timeout
starves some of 16 clients for seconds). PostgreSQL: read committed, row locks where a service takes them.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from portal.adapters.data_keys import keyring_of
from portal.config import ConfigError, from_environment
from portal.domain.canonical_json import spelt
from portal.failpoints import Point, reached
from portal.models.keyring import Keyring, give_keys

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_NEWEST: Final = max(file.name.partition("_")[0] for file in MIGRATIONS.glob("[0-9]*_*.py"))
_WRITES = "portal_writes"
_KINDS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql",
    "postgresql+psycopg": "postgresql",
}


class FairLock:
    """A lock that serves the waiting in the order they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_held = False

    def acquire(self, *, seconds: float = 30) -> None:
        """Wait for one's turn; raises ``TimeoutError`` rather than wait for ever."""
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if not turn.wait(seconds) and not self._leave(turn):
            raise TimeoutError("the database is busy with other writers")

    def _leave(self, turn: threading.Event) -> bool:
        """Leave the queue; True where the turn came at the very last moment and the lock is held after all."""
        with self._guard:
            if turn.is_set():
                return True
            self._waiting.remove(turn)
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_held = False


POOL_SIZE: Final = 8
POOL_WAIT_SECONDS: Final = 5


def make_engine(
    url: str,
    *,
    pool_size: int = POOL_SIZE,
    overflow: int | None = None,
    wait_seconds: float = POOL_WAIT_SECONDS,
    keys: Callable[[], Keyring] | None = None,
) -> Engine:
    """An engine for either database; the folder of a SQLite file is made with the first connection.

    ``keys`` are asked for when personal data is first read or written: this process's own, from its settings, where none are named.
    PostgreSQL: ``pool_size`` connections are kept, ``overflow`` more (as many again where None) come and go. Who finds all of them in
    use waits so long and gets SQLAlchemy's ``TimeoutError``.
    """
    is_sqlite = kind_of_address(url) == "sqlite"
    engine = _sqlite_engine(url) if is_sqlite else _postgresql_engine(url, pool_size, overflow, wait_seconds)
    give_keys(engine, cache(keys or _own_keys))
    return engine


def kind_of_address(url: str) -> str:
    """``sqlite`` or ``postgresql``. Raises ``ConfigError`` for the address of anything else; nothing of it is repeated, for it may hold a
    password.
    """
    with suppress(ArgumentError, KeyError, ValueError):
        return _KINDS[make_url(url).drivername]
    raise ConfigError(
        "PORTAL_DATABASE_URL names neither a SQLite file (sqlite:////folder/file) nor a PostgreSQL database (postgresql://user@host/name)"
    )


def _own_keys() -> Keyring:
    # A secret is made and kept only where the keys are made of it.
    return keyring_of(from_environment(makes_secret=not os.environ.get("PORTAL_DATA_KEYS")))


def _postgresql_engine(url: str, pool_size: int, overflow: int | None, wait_seconds: float) -> Engine:
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        json_serializer=spelt,
        pool_size=pool_size,
        max_overflow=pool_size if overflow is None else overflow,
        pool_timeout=wait_seconds,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _sqlite_engine(url: str) -> Engine:
    name = make_url(url).database
    engine = create_engine(
        url,
        connect_args={"timeout": 30, "check_same_thread": False},
        json_serializer=spelt,
        hide_parameters=True,
    )
    writers = FairLock()

    def _make_folder(*_how: Any) -> None:
        if name and name != ":memory:":
            Path(name).parent.mkdir(parents=True, exist_ok=True)

    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
            connection.execute(f"PRAGMA {pragma}")

    def _begin(connection: Connection) -> None:
        may_write = bool(connection.get_execution_options().get(_WRITES))
        # Straight to the driver: nothing of this can meet a lock, and each page begins with it.
        driver = connection.connection.driver_connection
        assert driver is not None
        # nosemgrep: sqlalchemy-execute-raw-query - names written in this file
        driver.execute(f"PRAGMA query_only = {'OFF' if may_write else 'ON'}")
        if may_write:
            if "writers" not in connection.info:
                writers.acquire()
                connection.info["writers"] = writers
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except BaseException:
                _let_go(connection)
                raise
        else:
            driver.execute("BEGIN")

    event.listen(engine, "do_connect", _make_folder)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _let_go_raw)
    return engine


def _let_go_raw(_dbapi_connection: Any, record: Any) -> None:
    # At check-in the driver has really ended the transaction; any earlier, and the next writer would meet a locked file.
    writers = record.info.pop("writers", None)
    if writers is not None:
        writers.release()


def _let_go(connection: Connection) -> None:
    writers = connection.info.pop("writers", None)
    if writers is not None:
        writers.release()


@contextmanager
def transaction(engine: Engine, *, writes: bool = True) -> Iterator[Session]:
    """One transaction: commits at the end, rolls back on an exception.

    ``writes=False`` takes no write lock on SQLite, and the database refuses to write within it.
    """
    options = {_WRITES: writes, "postgresql_readonly": not writes}
    with engine.connect().execution_options(**options) as connection:
        session = Session(connection, expire_on_commit=False, join_transaction_mode="control_fully")
        try:
            yield session
            if writes:
                reached(Point.COMMITTING)
            session.commit()
            if writes:
                reached(Point.COMMITTED)
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()


class OpenTransaction:
    """A transaction held over the steps of a web request: opened once, ended once, by commit or by rollback."""

    def __init__(self, engine: Engine, *, writes: bool) -> None:
        self._scope = transaction(engine, writes=writes)
        self.session = self._scope.__enter__()
        self.writes = writes
        self._is_open = True

    def commit(self) -> None:
        if self._is_open:
            self._is_open = False
            self._scope.__exit__(None, None, None)

    def rollback(self) -> None:
        if self._is_open:
            self._is_open = False
            with suppress(_TakenBackError):
                self._scope.__exit__(_TakenBackError, _TakenBackError(), None)


class _TakenBackError(Exception):
    """Leaves a transaction without a commit."""


def most_connections(engine: Engine) -> int | None:
    """How many connections PostgreSQL lets ordinary users have, all processes together; None on SQLite."""
    if engine.dialect.name == "sqlite":
        return None
    asked = text(
        "SELECT sum(CASE name WHEN 'max_connections' THEN 1 ELSE -1 END * setting::int) FROM pg_settings WHERE name IN"
        " ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
    )
    with transaction(engine, writes=False) as session:
        return int(session.scalar(asked) or 0)


def is_newest(engine: Engine) -> bool:
    """Whether the database stands at the newest migration: known without loading what migrates."""
    if not inspect(engine).has_table("alembic_version"):
        return False
    with transaction(engine, writes=False) as session:
        return bool(session.scalar(text("SELECT version_num FROM alembic_version")) == newest_migration())


def fits_program(session: Session) -> bool:
    """Whether this program may work with the database as it stands: its own version, or a later one that only added to it."""
    seen = inspect(session.connection())
    if not seen.has_table("alembic_version"):
        return False
    found = session.scalar(text("SELECT version_num FROM alembic_version")) or ""
    if found <= newest_migration():
        return bool(found == newest_migration())
    if all(column["name"] != "oldest_program" for column in seen.get_columns("alembic_version")):
        return False
    oldest = session.scalar(text("SELECT oldest_program FROM alembic_version"))
    return oldest is not None and oldest <= newest_migration()


def newest_migration() -> str:
    """The number of the newest that this program brings along: as it was when it started, whatever lies there since."""
    return _NEWEST


# Alembic takes longer to load than everything else here together, and only who migrates needs it.
def alembic_config(url: str) -> "AlembicConfig":
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415

    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS / "environment"))
    config.set_main_option("version_locations", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


LOCK_WAIT: Final = "2s"
"""How long a migration waits for a table that somebody uses: as long as it waits, everybody else waits behind it."""
_TRIES: Final = 40
_PAUSE: Final = 3
"""Seconds between two tries."""
TURN_SECONDS: Final = 3600
"""How long a program waits while another one migrates."""
LOCK_NOT_AVAILABLE: Final = "55P03"
"""PostgreSQL: a lock was not to be had in time."""
IN_USE: Final = frozenset({LOCK_NOT_AVAILABLE, "40P01"})
"""That, or two waited for each other."""


class StillMigratingError(Exception):
    """Another program has had the turn to migrate for all the ``seconds`` that were waited."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"another program has been migrating this database for {seconds} seconds")
        self.seconds = seconds


def migrate(
    url: str,
    revision: str = "head",
    *,
    tries: int = _TRIES,
    pause: float = _PAUSE,
    turn_seconds: int = TURN_SECONDS,
    tell: Callable[[int], None] | None = None,
) -> None:
    """Bring the database to a revision (upwards).

    PostgreSQL: a table that is in use is tried again, and what was done stays done meanwhile. Raises SQLAlchemy's ``OperationalError``
    where it was in use each time. While another program migrates, it waits ``turn_seconds`` at most, which is told to ``tell`` before;
    raises ``StillMigratingError`` then. A database that a later program only added to is left as it is.
    """
    from alembic import command  # noqa: PLC0415

    if revision == "head" and _was_added_to(url):
        return
    for _ in range(tries - 1):
        try:
            command.upgrade(_waiting_config(url, turn_seconds, tell), revision)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in IN_USE:
                raise
        else:
            return
        time.sleep(pause)  # nosemgrep: arbitrary-sleep - between two tries for a lock
    command.upgrade(_waiting_config(url, turn_seconds, tell), revision)


def _waiting_config(url: str, turn_seconds: int, tell: Callable[[int], None] | None) -> "AlembicConfig":
    config = alembic_config(url)
    config.attributes.update(turn_seconds=turn_seconds, tell=tell)
    return config


def _was_added_to(url: str) -> bool:
    engine = make_engine(url, pool_size=1)
    try:
        if is_newest(engine):
            return False
        with transaction(engine, writes=False) as session:
            return fits_program(session)
    finally:
        engine.dispose()


def migrate_down(url: str, revision: str) -> None:
    """Take the database back to a revision."""
    from alembic import command  # noqa: PLC0415

    command.downgrade(alembic_config(url), revision)
