"""Migrations while people work: nobody queues behind a table that is in use, and the program of before goes on."""

import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from portal.db import (
    IN_USE,
    MIGRATIONS,
    StillMigratingError,
    alembic_config,
    fits_program,
    is_newest,
    migrate,
    migrate_down,
    newest_migration,
    transaction,
)
from tests.databases import Database
from tests.faults.acts import Cast
from tests.faults.clients import Crowd
from tests.faults.killing import world
from tests.faults.processes import server
from tests.faults.stopping import alive
from tests.journeys.servers import free_port
from tests.people import add_cast

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as PipeConnection

HANG = 120
"""Seconds after which a test says so instead of waiting for ever."""
_TURNS = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE locktype = 'advisory' AND datname = current_database()"""

_NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{newest}"
EXPANDS = {expands}


def upgrade() -> None:
    op.add_column("proposal", sa.Column("mood", sa.String(10), nullable=True))
    op.create_index("ix_proposal_mood", "proposal", ["mood"])


def downgrade() -> None:
    op.drop_index("ix_proposal_mood", "proposal")
    op.drop_column("proposal", "mood")
"""


def _take_next_step(database: Database, folder: Path, *, expands: bool) -> None:
    """A migration of a version that this program does not know."""
    folder.mkdir()
    (folder / "9000_moods.py").write_text(_NEXT.format(newest=newest_migration(), expands=expands))
    config = alembic_config(database.url)
    config.set_main_option("version_locations", f"{MIGRATIONS}:{folder}")
    limit = monotonic() + HANG
    while monotonic() < limit:
        try:
            return command.upgrade(config, "head")
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in IN_USE:
                raise
    raise AssertionError("the table was never free")


@pytest.mark.parametrize("expands", [True, False])
def test_a_program_goes_on_with_what_was_only_added_to(
    database: Database, tmp_path: Path, *, expands: bool
) -> None:
    with transaction(database.engine, writes=False) as session:
        assert fits_program(session)
    database.engine.dispose()
    _take_next_step(database, tmp_path / "next", expands=expands)
    with transaction(database.engine, writes=False) as session:
        assert fits_program(session) is expands
    if expands:
        migrate(database.url)
    else:
        with pytest.raises(CommandError):
            migrate(database.url)


def test_an_unknown_version_without_a_word_about_older_programs_is_not_gone_on_with(
    database: Database,
) -> None:
    with transaction(database.engine) as session:
        session.execute(text("ALTER TABLE alembic_version DROP COLUMN oldest_program"))
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with transaction(database.engine, writes=False) as session:
        assert not fits_program(session)
    # The database is used again, but for one that has another shape.
    with transaction(database.engine) as session:
        session.execute(text("ALTER TABLE alembic_version ADD COLUMN oldest_program VARCHAR(32)"))


def test_one_that_went_a_step_back_fits_no_more(database: Database) -> None:
    migrate_down(database.url, "-1")
    with transaction(database.engine, writes=False) as session:
        assert not fits_program(session)


@pytest.mark.slow
def test_people_sign_and_decide_while_the_schema_is_added_to(database: Database, tmp_path: Path) -> None:
    with world(database, tmp_path / "data") as made:
        crowd, cast = Crowd([f"http://127.0.0.1:{free_port()}"]), Cast(made)
        program = server(database, tmp_path / "data", int(crowd.urls[0].rpartition(":")[2]))
        begun = threading.Event()
        crowd.heard = lambda _status: begun.set()
        with alive([program]), crowd.at_it(2):
            for act in cast.acts(1):
                crowd.ask(act)
            assert begun.wait(60)
            _take_next_step(database, tmp_path / "next", expands=True)
            for act in cast.acts(1):
                crowd.ask(act)
            crowd.settle()
            urllib.request.urlopen(f"{program.url}/readyz", timeout=HANG).close()
        assert crowd.odd == []
        assert set(crowd.answers) == {303}
        assert len(crowd.done) == crowd.asked


class Migrating:
    """Somebody who runs the migrations, in a process of their own: Alembic knows one run a process."""

    def __init__(self, url: str, **how: Any) -> None:
        context = get_context("forkserver")
        self._said, said = context.Pipe(duplex=False)
        self._process = context.Process(target=_migrate, args=(url, how, said), daemon=True)

    def start(self) -> None:
        self._process.start()

    def error(self) -> str:
        """Once it is over: what it ended with, nothing where it ended well."""
        assert self._said.poll(HANG), "it does not come to an end"
        return str(self._said.recv())

    def kill(self) -> None:
        self._process.kill()
        self._process.join(HANG)


def _migrate(url: str, how: dict[str, Any], said: "PipeConnection") -> None:
    """What went wrong is kept until the end, as a program keeps it that is still there."""
    error: Exception | None = None
    try:
        migrate(url, **how)
    except Exception as raised:  # noqa: BLE001 - whatever it is, the test is told
        error = raised
    said.send(str(error or ""))


@pytest.mark.personal_data("tables of a time when nothing was sealed yet")
class TestTablesInUse:
    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    @pytest.fixture
    def somebody(self, database: Database) -> Iterator[Connection]:
        """Has changed a row of the staff and takes their time."""
        with transaction(database.engine) as session:
            add_cast(session)
        migrate_down(database.url, "0049")
        with database.engine.connect() as connection:
            connection.execute(text("UPDATE staff_member SET locale = 'en' WHERE number = '1001'"))
            yield connection
            connection.rollback()

    @pytest.fixture
    def somebody_migrates(self, database: Database) -> Iterator[Callable[..., Migrating]]:
        begun: list[Migrating] = []

        def begin(**how: Any) -> Migrating:
            begun.append(Migrating(database.url, **how))
            begun[-1].start()
            return begun[-1]

        yield begin
        for each in begun:
            each.kill()

    @pytest.mark.postgresql
    @pytest.mark.usefixtures("somebody")
    def test_nobody_queues_behind_a_migration_that_waits(
        self, database: Database, somebody_migrates: Callable[..., Migrating]
    ) -> None:
        """Without a limit of its own the migration would wait for the first, and everybody else for the migration."""
        migrating = somebody_migrates(tries=3, pause=0.2)
        for _ in range(2):
            _until_the_migration_waits(database)
            with transaction(database.engine) as session:
                session.execute(text("SET LOCAL lock_timeout = '60s'"))
                session.execute(text("UPDATE staff_member SET locale = 'en' WHERE number = '1002'"))
        assert "lock timeout" in migrating.error()
        assert not is_newest(database.engine)

    @pytest.mark.postgresql
    def test_it_is_tried_again_until_the_table_is_free(
        self, database: Database, somebody: Connection, somebody_migrates: Callable[..., Migrating]
    ) -> None:
        migrating = somebody_migrates(tries=600, pause=0.1)
        for _ in range(2):
            _until_the_migration_waits(database)
            _until_the_migration_waits(database, waits=False)
        somebody.rollback()
        assert migrating.error() == ""
        assert is_newest(database.engine)

    @pytest.mark.postgresql
    @pytest.mark.usefixtures("somebody")
    def test_one_that_gave_up_leaves_the_turn_to_the_next(self, database: Database) -> None:
        """Though its error is kept, and all that belongs to it: its turn is over with its last try."""
        for _ in range(2):
            with pytest.raises(OperationalError, match="lock timeout") as kept:
                migrate(database.url, tries=1)
            _until_the_turn_is_free(database)
            assert "lock timeout" in str(kept.value)

    @pytest.mark.postgresql
    def test_who_waits_for_the_turn_says_so_and_goes_on_once_it_is_free(self, database: Database) -> None:
        told: list[int] = []
        with someone_migrating(database) as somebody:

            def tell(seconds: int) -> None:
                told.append(seconds)
                somebody.rollback()

            migrate(database.url, turn_seconds=HANG, tell=tell)
        assert told == [HANG]
        migrate(database.url, tell=told.append)
        assert told == [HANG]

    @pytest.mark.postgresql
    def test_who_waited_so_long_in_vain_gives_up(self, database: Database) -> None:
        told: list[int] = []
        with someone_migrating(database), pytest.raises(StillMigratingError):
            migrate(database.url, turn_seconds=1, tell=told.append)
        assert told == [1]
        migrate(database.url)

    @pytest.mark.postgresql
    def test_several_at_once_take_turns(
        self, database: Database, somebody_migrates: Callable[..., Migrating]
    ) -> None:
        migrate_down(database.url, "0043")
        several = [somebody_migrates() for _ in range(3)]
        assert [each.error() for each in several] == ["", "", ""]
        assert is_newest(database.engine)


@contextmanager
def someone_migrating(database: Database) -> Iterator[Connection]:
    """Has the turn until the transaction's end; the number is that of the migrations' environment."""
    with database.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(560251)"))
        yield connection
        connection.rollback()


def _until_the_turn_is_free(database: Database) -> None:
    """A closed connection's process gives it back as soon as it is there again."""
    limit = monotonic() + HANG
    with database.engine.connect() as connection:
        while connection.scalar(text(_TURNS)):
            assert monotonic() < limit, "the turn was kept"
            sleep(0.01)


def _until_the_migration_waits(database: Database, *, waits: bool = True) -> None:
    """For a table: whoever waits for their turn does not count."""
    asked = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND locktype = 'relation' AND datname = current_database() AND query NOT LIKE 'UPDATE%'"
    )
    limit = monotonic() + HANG
    while monotonic() < limit:
        with transaction(database.engine, writes=False) as session:
            if bool(session.scalar(asked)) is waits:
                return
        sleep(0.005)
    raise AssertionError(f"the migration never came to {'wait' if waits else 'an end of its waiting'}")
