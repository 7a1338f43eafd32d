"""A real disk of two megabytes that is full: PostgreSQL's documents lie on it. Needs the right to mount one."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from portal.commands.work import HANDLERS, run_until_empty
from portal.commands.worker import build_workshop
from portal.db import transaction
from portal.models import Agreement, Document, Event, OutboxItem
from tests.databases import Database
from tests.faults.acts import Kind
from tests.integration.faults.conftest import Hands

pytestmark = pytest.mark.postgresql


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


@pytest.fixture
def small_disk(database: Database) -> Iterator[Path]:
    """Where the documents of this database lie meanwhile."""
    place = Path(tempfile.mkdtemp(prefix="portal-disk-"))
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", place], capture_output=True, check=False
    )
    if done.returncode:
        place.rmdir()
        pytest.skip(f"no disk can be mounted here: {done.stderr.decode().strip()}")
    try:
        with psycopg.connect(database.url, autocommit=True) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
            assert row is not None
            owner = Path(row[0]).stat()
            os.chown(place, owner.st_uid, owner.st_gid)
            connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'".encode())
            connection.execute("ALTER TABLE document SET TABLESPACE small")
            yield place
            connection.execute("ALTER TABLE document SET TABLESPACE pg_default")
            connection.execute("CHECKPOINT")
            connection.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", place], check=False)
        place.rmdir()


def test_a_document_waits_until_there_is_room_and_nothing_of_it_is_kept(
    database: Database, small_disk: Path, hands: Hands
) -> None:
    assert hands.send(Kind.APPROVE).status == 303
    documents = _count(database, Document.id)
    config = hands.made.app.extensions["portal"].config
    shop = build_workshop(config, engine=database.engine, clock=hands.made.clock)
    ballast = _filled(small_disk)
    run_until_empty(shop, HANDLERS)
    assert _count(database, Document.id) == documents
    assert _count(database, Agreement.id, Agreement.seal_state == "sealed") == 0
    assert _count(database, Event.id, Event.name == "agreement:sealed") == 0
    assert _count(database, Event.id, Event.name == "agreement:seal_failed") == 1
    assert _count(database, OutboxItem.id, OutboxItem.last_error.is_not(None)) == 1
    ballast.unlink()
    hands.made.clock.move_on(minutes=3)
    run_until_empty(shop, HANDLERS)
    assert _count(database, Agreement.id, Agreement.seal_state == "sealed") == 1
    assert _count(database, Event.id, Event.name == "agreement:sealed") == 1


def _filled(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return ballast


def _count(database: Database, column: object, *conditions: object) -> int:
    with transaction(database.engine, writes=False) as session:
        return session.scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]
