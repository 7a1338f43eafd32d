"""Every migration goes down and up again, one by one, with nothing in the database and with a row in every table."""

import pytest
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select, text

from portal.db import is_newest, migrate, migrate_down, transaction
from portal.models import Base
from tests.databases import Database
from tests.filled_tables import fill

pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
"""An index over an expression is left out of the comparison on SQLite."""

FURTHEST_WITH_DATA = "0018"
"""Where most of the tables are there still."""
MANY = 30


def shape_of(engine: Engine) -> dict[str, list[str]]:
    """Tables, columns, indexes and constraints by name."""
    seen = inspect(engine)
    return {
        table: sorted(
            [
                *(
                    f"{column['name']} {column['type']!r} {column['nullable']}"
                    for column in seen.get_columns(table)
                ),
                *(f"index {index['name']} {index['unique']}" for index in seen.get_indexes(table)),
                *(f"check {check['name']}" for check in seen.get_check_constraints(table)),
                *(f"key {key['name']}" for key in seen.get_foreign_keys(table)),
            ]
        )
        for table in seen.get_table_names()
    }


def _steps_down(database: Database) -> int:
    with database.engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return int(at or "0")


def test_each_goes_down_and_all_go_up_again(database: Database) -> None:
    before, seen = shape_of(database.engine), set()
    database.engine.dispose()
    while (at := _steps_down(database)) > 0:
        assert at not in seen
        seen.add(at)
        database.engine.dispose()
        migrate_down(database.url, "-1")
    assert len(seen) > 35
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.engine.dispose()
    migrate(database.url)
    assert is_newest(database.engine)
    assert shape_of(database.engine) == before


def _counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {
            table: connection.execute(select(func.count()).select_from(text(table))).scalar_one()
            for table in tables
        }


def _nothing_is_lost(before: dict[str, int], after: dict[str, int]) -> None:
    assert {table: count for table, count in before.items() if after.get(table, count) != count} == {}


def test_with_data_in_every_table_a_database_goes_down_and_up_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far back one by one, up at once, and down to nothing: whatever keeps its table keeps its rows."""
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a secret that borrowers' files are kept under")
    with transaction(database.engine) as session:
        assert min(fill(session).values()) > 0
    before, counts = shape_of(database.engine), _counts(database)
    assert counts.keys() == Base.metadata.tables.keys()
    while _steps_down(database) > int(FURTHEST_WITH_DATA):
        database.engine.dispose()
        migrate_down(database.url, "-1")
        _nothing_is_lost(counts, kept := _counts(database))
        counts = kept
    assert len(counts) > MANY
    database.engine.dispose()
    migrate(database.url)
    assert shape_of(database.engine) == before
    _nothing_is_lost(counts, _counts(database))
    database.engine.dispose()
    migrate_down(database.url, "base")
    assert _counts(database) == {}
