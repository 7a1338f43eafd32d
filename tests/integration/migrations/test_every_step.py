"""Every migration goes down and up again, one by one, with nobody in the database and with somebody."""

import pytest
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select

from portal.db import is_newest, migrate, migrate_down, transaction
from portal.domain.policy import HardshipReason
from portal.models import Proposal
from tests.databases import Database
from tests.people import add_cast, add_loan
from tests.stories import Story

pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
"""An index over an expression is left out of the comparison on SQLite."""

FURTHEST_WITH_DATA = "0018"


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


def test_with_people_in_it_a_database_goes_far_back_and_up_again(sqlite_database: Database) -> None:
    database = sqlite_database
    with transaction(database.engine) as session:
        cast = add_cast(session)
        Story(session, cast.li_na, add_loan(session, cast.li_na)).submit(reason=HardshipReason.ILLNESS)
    before = shape_of(database.engine)
    database.engine.dispose()
    while _steps_down(database) > int(FURTHEST_WITH_DATA):
        database.engine.dispose()
        migrate_down(database.url, "-1")
    migrate(database.url)
    assert shape_of(database.engine) == before
    with transaction(database.engine, writes=False) as session:
        assert session.scalar(select(func.count()).select_from(Proposal)) == 1
