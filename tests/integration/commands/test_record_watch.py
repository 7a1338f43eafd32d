"""A worker's turns at the record: how often it places and signs, and what it does when something is wrong."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_standing import current_standing
from portal.commands.record_keeping import RecordKeeper, keeper_of
from portal.commands.record_watch import LONGEST_WAIT, RecordWatch
from portal.config import Config
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.failpoints import FailpointError, arm
from portal.services.record import record
from tests.databases import Database
from tests.integration.commands.tampering import behind_everybodys_back
from tests.people import NOW

SECOND = timedelta(seconds=1)


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config(database_url=database.url, secret_key="k" * 40, data_dir=tmp_path, testing=True)


@pytest.fixture
def keeper(config: Config, database: Database) -> RecordKeeper:
    return keeper_of(config, database.engine)


def happened(database: Database, at: datetime) -> None:
    with transaction(database.engine) as session:
        record(session, SYSTEM, "calendar:published", now=at, calendar_version=2027)


def test_new_events_are_placed_every_five_seconds_and_signed_for_once_a_minute(
    database: Database, config: Config, keeper: RecordKeeper
) -> None:
    watch, folder = (
        RecordWatch(keeper, database.engine, config),
        CheckpointFolder(config.data_dir / "checkpoints"),
    )
    now = NOW
    for _ in range(70):
        happened(database, now)
        watch.turn(now)
        now += 2 * SECOND
    # Every third look, at 0, 6, 12 … seconds; the first, and then one a minute.
    assert list(folder.sizes()) == [1, 31, 61]
    assert keeper.has_news
    # A quiet record gets no further checkpoints.
    for _ in range(70):
        watch.turn(now)
        now += 2 * SECOND
    assert list(folder.sizes()) == [1, 31, 61, 70]


def test_a_broken_record_is_told_and_looked_at_ever_more_seldom(
    database: Database, config: Config, keeper: RecordKeeper
) -> None:
    happened(database, NOW)
    happened(database, NOW)
    keeper.keep()
    with behind_everybodys_back(database) as connection:
        connection.execute(
            text(
                "UPDATE record_leaf SET leaf = (SELECT leaf FROM record_leaf WHERE place = 0) WHERE place = 1"
            )
        )
    fresh = keeper_of(config, database.engine)
    watch, now, told = RecordWatch(fresh, database.engine, config), NOW, []
    with structlog.testing.capture_logs() as logs:
        for _ in range(4 * 3600 // 5):
            watch.turn(now)
            now += 5 * SECOND
        told = [line for line in logs if line["event"] == "record_broken"]
    assert [line["next_look_in"] for line in told[:4]] == [10, 20, 40, 80]
    assert max(line["next_look_in"] for line in told) == LONGEST_WAIT.total_seconds()
    assert len(told) < 15
    assert "not what was signed for" in (fresh.store.broken() or "")
    with behind_everybodys_back(database) as connection:
        connection.execute(text("DELETE FROM record_leaf WHERE place = 1"))
        connection.execute(text("DELETE FROM event WHERE id = 2"))
    for path in (config.data_dir / "checkpoints").glob("*"):
        path.unlink()
    watch.turn(now + LONGEST_WAIT)
    assert fresh.store.broken() is None


def test_a_checkpoint_that_cannot_be_written_is_an_alarm_once_events_wait_too_long(
    database: Database, config: Config, keeper: RecordKeeper
) -> None:
    happened(database, NOW)
    watch = RecordWatch(keeper, database.engine, config)
    watch.turn(NOW)
    (config.data_dir / "record.pem").unlink()
    happened(database, NOW + 60 * SECOND)
    with structlog.testing.capture_logs() as logs:
        for seconds in range(600, 60 + config.record_lag_seconds + 130, 5):
            # The worker logs it and goes on.
            with suppress(DomainError):
                watch.turn(NOW + seconds * SECOND)
    late = [line for line in logs if line["event"] == "record_late"]
    assert [line["seconds"] for line in late] == [605, 665, 725]
    assert late[0]["events"] == 1


def test_a_record_is_kept_on_though_the_clock_goes_back_at_midnight(
    database: Database, config: Config, keeper: RecordKeeper
) -> None:
    watch = RecordWatch(keeper, database.engine, config)
    happened(database, NOW)
    watch.turn(NOW)
    happened(database, NOW)
    watch.turn(NOW - timedelta(hours=23))
    assert keeper.signed == 2


def test_a_checkpoint_whose_keeper_died_before_telling_of_it_is_told_of_by_the_next(
    database: Database, config: Config, keeper: RecordKeeper
) -> None:
    """Else a quiet record would be called late ten minutes later, though all of it is signed for."""
    folder = CheckpointFolder(config.data_dir / "checkpoints")
    happened(database, NOW)
    keeper.keep()
    happened(database, NOW)
    arm("checkpoint.written=raise@1")
    with pytest.raises(FailpointError):
        keeper.keep()
    arm("")
    assert list(folder.sizes()) == [1, 2]
    assert folder.latest() == folder.note(1)
    watch = RecordWatch(keeper_of(config, database.engine), database.engine, config)
    watch.turn(NOW + 5 * SECOND)
    assert folder.latest() == folder.note(2)
    with transaction(database.engine, writes=False) as session:
        later = current_standing(session, config, NOW + timedelta(hours=1))
    assert later.covered == 2
    assert later.uncovered == 0
