"""SQLite: migrations that end badly change nothing, those before the one that failed included."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from portal.db import MIGRATIONS, alembic_config, newest_migration
from tests.databases import Database

_ADDS = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{newest}"


def upgrade() -> None:
    op.create_table(
        "moods",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("after", sa.Integer(), sa.ForeignKey("moods.id")),
    )


def downgrade() -> None:
    op.drop_table("moods")
"""
_BREAKS = """
from alembic import op

revision = "9001"
down_revision = "9000"


def upgrade() -> None:
    op.execute("INSERT INTO moods VALUES (1, {after})")
    {then}


def downgrade() -> None:
    pass
"""


@pytest.mark.parametrize(
    ("after", "then", "why"),
    [("99", "pass", "refer to nothing"), ("NULL", "raise RuntimeError('in the middle')", "in the middle")],
)
def test_nothing_is_left_of_migrations_that_failed(
    sqlite_database: Database, tmp_path: Path, after: str, then: str, why: str
) -> None:
    newest = newest_migration()
    (tmp_path / "9000_moods.py").write_text(_ADDS.format(newest=newest))
    (tmp_path / "9001_breaks.py").write_text(_BREAKS.format(after=after, then=then))
    config = alembic_config(sqlite_database.url)
    config.set_main_option("version_locations", f"{MIGRATIONS}:{tmp_path}")
    for _ in range(2):
        with pytest.raises(RuntimeError, match=why):
            command.upgrade(config, "head")
        with sqlite_database.engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == newest
            assert not inspect(connection).has_table("moods")
        sqlite_database.engine.dispose()
