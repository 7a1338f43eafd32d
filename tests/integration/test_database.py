"""The place that commits: turns of writers, readers that never wait, savepoints, and rules that the database itself keeps."""

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal.db import FairLock, OpenTransaction, make_engine, transaction
from portal.domain.permissions import SYSTEM
from portal.models import Event, Hold, Installment, RateCount
from portal.services.rate_limits import Limit, count_try
from portal.services.record import record
from tests.conftest import POSTGRESQL
from tests.databases import Database
from tests.people import NOW, add_cast, add_loan

HOUR = Limit("bucket", 10**6, timedelta(hours=1))


def _count(session: Session) -> int:
    return session.scalar(select(RateCount.count).where(RateCount.bucket == "bucket")) or 0


def _counted(database: Database) -> int:
    with transaction(database.engine, writes=False) as session:
        return _count(session)


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "waited for ten seconds"
        time.sleep(0.002)


# turns


def test_the_waiting_are_served_in_the_order_they_came() -> None:
    lock, served = FairLock(), list[int]()
    lock.acquire()

    def take(number: int) -> None:
        lock.acquire()
        served.append(number)
        lock.release()

    threads = []
    for number in range(8):
        thread = threading.Thread(target=take, args=(number,))
        thread.start()
        threads.append(thread)
        _until(lambda waiting=number + 1: len(lock._waiting) == waiting)  # type: ignore[misc]
    lock.release()
    for thread in threads:
        thread.join(10)
    assert served == list(range(8))


def test_who_waits_too_long_is_told_and_leaves_the_queue() -> None:
    lock = FairLock()
    lock.acquire()
    with pytest.raises(TimeoutError):
        lock.acquire(seconds=0.02)
    lock.release()
    lock.acquire(seconds=0.02)
    lock.release()


def test_a_turn_that_comes_at_the_last_moment_is_taken_and_not_lost() -> None:
    lock, inside, most = FairLock(), 0, 0

    def knock(_number: int) -> None:
        nonlocal inside, most
        for _ in range(60):
            try:
                lock.acquire(seconds=0.0004)
            except TimeoutError:
                continue
            inside += 1
            most = max(most, inside)
            time.sleep(0.0003)
            inside -= 1
            lock.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(knock, range(8)))
    assert most == 1
    lock.acquire(seconds=1)


def test_no_write_is_lost_and_none_is_turned_away(database: Database) -> None:
    with transaction(database.engine) as session:
        count_try(session, HOUR, now=NOW)

    def add(_number: int) -> None:
        for _ in range(10):
            with transaction(database.engine) as session:
                held = session.scalars(select(RateCount).with_for_update()).one()
                held.count += 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(add, range(12)))
    assert _counted(database) == 121


def test_on_sqlite_a_writer_has_its_turn_before_it_reads(sqlite_database: Database) -> None:
    engine, began = sqlite_database.engine, threading.Event()

    def second() -> int:
        began.set()
        with transaction(engine) as session:
            found = _count(session)
            count_try(session, HOUR, now=NOW)
            return found

    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as session:
            assert _count(session) == 0
            later = pool.submit(second)
            began.wait(5)
            time.sleep(0.05)
            assert not later.done()
            count_try(session, HOUR, now=NOW)
        assert later.result(5) == 1


def test_a_reader_waits_for_no_writer_and_sees_nothing_half_done(database: Database) -> None:
    with transaction(database.engine) as session:
        count_try(session, HOUR, now=NOW)
        began = time.monotonic()
        assert _counted(database) == 0
        assert time.monotonic() - began < 1
    assert _counted(database) == 1


def test_a_reader_sees_one_moment_on_sqlite(sqlite_database: Database) -> None:
    with transaction(sqlite_database.engine, writes=False) as reader:
        assert _count(reader) == 0
        with transaction(sqlite_database.engine) as session:
            count_try(session, HOUR, now=NOW)
        assert _count(reader) == 0


def test_what_only_reads_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), transaction(database.engine, writes=False) as session:
        count_try(session, HOUR, now=NOW)
    assert _counted(database) == 0
    with transaction(database.engine) as session:
        count_try(session, HOUR, now=NOW)
    assert _counted(database) == 1


def test_a_writer_that_meets_a_foreign_lock_says_so_and_gives_its_turn_back(
    sqlite_database: Database,
) -> None:
    engine = make_engine(sqlite_database.url)

    @event.listens_for(engine, "connect")
    def hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 30")

    other = sqlite3.connect(engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(OperationalError), transaction(engine) as session:
            _count(session)
    other.execute("ROLLBACK")
    other.close()
    with transaction(engine) as session:
        count_try(session, HOUR, now=NOW)
    engine.dispose()


# ends


class _StopError(BaseException):
    """As when a process is told to stop."""


def _count_and_fail(database: Database, error: type[BaseException] = ValueError) -> None:
    with transaction(database.engine) as session:
        with session.begin_nested():
            count_try(session, HOUR, now=NOW)
        raise error


@pytest.mark.parametrize("error", [ValueError, _StopError, KeyboardInterrupt])
def test_whatever_is_raised_nothing_stays_and_the_next_may_write(
    database: Database, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        _count_and_fail(database, error)
    assert _counted(database) == 0
    with transaction(database.engine) as session:
        count_try(session, HOUR, now=NOW)
    assert _counted(database) == 1


def _count_twice_and_fail(session: Session) -> None:
    with session.begin_nested():
        count_try(session, HOUR, now=NOW)
        with session.begin_nested():
            count_try(session, HOUR, now=NOW)
        assert _count(session) == 3
        raise ValueError


def test_a_savepoint_that_fails_takes_only_its_own_along(database: Database) -> None:
    with transaction(database.engine) as session:
        count_try(session, HOUR, now=NOW)
        with pytest.raises(ValueError, match=r"^$"):
            _count_twice_and_fail(session)
        assert _count(session) == 1
        with session.begin_nested():
            count_try(session, HOUR, now=NOW)
    assert _counted(database) == 2


def test_a_statement_that_fails_inside_a_savepoint_spoils_nothing_else(database: Database) -> None:
    with transaction(database.engine) as session:
        count_try(session, HOUR, now=NOW)
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text("SELECT nothing FROM nowhere"))
        count_try(session, HOUR, now=NOW)
    assert _counted(database) == 2


def test_an_open_transaction_ends_once(database: Database) -> None:
    opened = OpenTransaction(database.engine, writes=True)
    count_try(opened.session, HOUR, now=NOW)
    opened.commit()
    opened.rollback()
    opened.commit()
    assert _counted(database) == 1
    left = OpenTransaction(database.engine, writes=True)
    count_try(left.session, HOUR, now=NOW)
    left.rollback()
    left.commit()
    assert _counted(database) == 1


def test_sqlite_is_set_to_lose_nothing(sqlite_database: Database) -> None:
    with transaction(sqlite_database.engine, writes=False) as session:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}
        assert {name: session.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted


def test_what_belongs_to_nobody_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), transaction(database.engine) as session:
        session.execute(insert(Hold).values(loan_id=99, kind="dispute", reason="r", started_at=NOW))


def test_no_installment_is_paid_beyond_what_is_due(database: Database) -> None:
    with transaction(database.engine) as session:
        add_loan(session, add_cast(session).li_na)
    with pytest.raises(IntegrityError), transaction(database.engine) as session:
        session.execute(update(Installment).values(interest_paid_minor=Installment.interest_due_minor + 1))


# the record


@pytest.fixture
def recorded(database: Database) -> Database:
    with transaction(database.engine) as session:
        for number in range(3):
            record(session, SYSTEM, "policy:published", now=NOW, policy_version=f"v{number}")
    return database


UPSERT = " ON CONFLICT (id) DO UPDATE SET name = 'x'"
ATTACKS = [
    "UPDATE event SET name = 'x'",
    "UPDATE event SET name = name",
    "UPDATE event SET fields = '{}' WHERE id = 2",
    "DELETE FROM event",
    "DELETE FROM event WHERE id = 3",
]
ON_SQLITE = [
    "INSERT OR REPLACE INTO event (id, name, at, actor_kind, fields) VALUES (2, 'x', '2026-01-01', 'system', '{}')",
    "REPLACE INTO event (id, name, at, actor_kind, fields) VALUES (2, 'x', '2026-01-01', 'system', '{}')",
    "UPDATE OR IGNORE event SET name = 'x'",
    "INSERT INTO event (id, name, at, actor_kind, fields) VALUES (2, 'x', '2026-01-01', 'system', '{}')"
    + UPSERT,
]
ON_POSTGRESQL = [
    "TRUNCATE event CASCADE",
    "TRUNCATE event RESTART IDENTITY CASCADE",
    "INSERT INTO event (id, name, at, actor_kind, fields) VALUES (2, 'x', now(), 'system', '{}')" + UPSERT,
    "MERGE INTO event USING (SELECT 1) AS s ON event.id = 2 WHEN MATCHED THEN DELETE",
]


def _refused(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), transaction(database.engine) as session:
        session.execute(text(statement))
    with transaction(database.engine, writes=False) as session:
        rows = session.scalars(select(Event).order_by(Event.id)).all()
        assert [(row.name, row.fields) for row in rows] == [
            ("policy:published", {"policy_version": f"v{number}"}) for number in range(3)
        ]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_record_is_never_changed(recorded: Database, attack: str) -> None:
    _refused(recorded, attack)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("attack", ON_SQLITE)
def test_the_record_is_never_changed_by_what_sqlite_alone_can(recorded: Database, attack: str) -> None:
    _refused(recorded, attack)


@pytest.mark.parametrize("database", [POSTGRESQL], indirect=True)
@pytest.mark.parametrize("attack", ON_POSTGRESQL)
def test_the_record_is_never_changed_by_what_postgresql_alone_can(recorded: Database, attack: str) -> None:
    _refused(recorded, attack)


@pytest.mark.parametrize("database", [POSTGRESQL], indirect=True)
def test_the_record_alone_is_not_truncated_either(recorded: Database) -> None:
    """Its places refer to it, which PostgreSQL minds before any trigger is asked."""
    with pytest.raises(DBAPIError, match="foreign key"), transaction(recorded.engine) as session:
        session.execute(text("TRUNCATE event"))
    with transaction(recorded.engine, writes=False) as session:
        assert session.scalars(select(Event.id)).first() is not None


def test_the_record_is_never_changed_through_its_own_model(recorded: Database) -> None:
    with pytest.raises(DBAPIError, match="append-only"), transaction(recorded.engine) as session:
        session.get_one(Event, 2).name = "x"
    with pytest.raises(DBAPIError, match="append-only"), transaction(recorded.engine) as session:
        session.delete(session.get_one(Event, 2))


def _record_one(session: Session) -> int:
    record(session, SYSTEM, "policy:published", now=NOW, policy_version="v9")
    return 0


def test_an_event_stays_out_with_the_transaction_that_it_tells_of(recorded: Database) -> None:
    with pytest.raises(ZeroDivisionError), transaction(recorded.engine) as session:
        record(session, SYSTEM, "policy:published", now=NOW, policy_version=str(1 / _record_one(session)))
    with transaction(recorded.engine, writes=False) as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 3


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("policy:forgotten", {}),
        ("policy:published", {}),
        ("policy:published", {"policy_version": "1", "by": 2}),
    ],
)
def test_what_the_vocabulary_does_not_have_is_not_written(
    recorded: Database, name: str, fields: dict[str, Any]
) -> None:
    with (
        pytest.raises(ValueError, match=r"no such event|wants the fields"),
        transaction(recorded.engine) as session,
    ):
        record(session, SYSTEM, name, now=NOW, **fields)
