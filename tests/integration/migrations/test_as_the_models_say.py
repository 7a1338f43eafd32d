"""What the migrations made is what the models say: types, rules, references, indexes and defaults, as each database itself tells them.

Alembic's own comparison knows neither CHECK constraints nor an index's direction, so the models' tables are made beside the migrated ones,
and whatever the two databases say differently has to be named here with its reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Connection, Engine, make_url, text
from sqlalchemy.types import TypeEngine

from portal.db import make_engine
from portal.models import Base
from tests.databases import Database
from tests.schema_facts import facts_of

pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")

SQLITE: Final = {
    "event_no_delete": "trigger: the record only grows",
    "event_no_replace": "trigger: the record only grows",
    "event_no_update": "trigger: the record only grows",
    "record_leaf_no_delete": "trigger: the record only grows",
    "record_leaf_no_replace": "trigger: the record only grows",
    "record_leaf_no_update": "trigger: the record only grows",
    "guide_version_no_delete": "trigger: a version of the guide stays",
    "guide_version_no_update": "trigger: a version of the guide stays",
    "policy_version_says_the_same": "trigger: a version of the policy stays",
    "policy_version_stays": "trigger: a version of the policy stays",
}
POSTGRESQL: Final = {
    "event_append_only": "trigger: the record only grows",
    "event_no_truncate": "trigger: the record only grows",
    "record_leaf_append_only": "trigger: the record only grows",
    "record_leaf_no_truncate": "trigger: the record only grows",
    "guide_version_append_only": "trigger: a version of the guide stays",
    "policy_version_kept": "trigger: a version of the policy stays",
    "loan_standing": "setting: room in its pages, for the day's run writes each row anew (0049)",
    "review_item_choices": "statistics: how filters of the queue go together (0018)",
}
"""What models cannot say, or one database lacks, with its reason. Triggers have tests of their own."""


@pytest.fixture
def made(database: Database, tmp_path: Path) -> Iterator[Connection]:
    """A database of the same kind with the tables as the models say them."""
    with _empty(database, tmp_path) as engine, _changing(engine) as connection:
        Base.metadata.create_all(connection)
        yield connection


@contextmanager
def _empty(database: Database, folder: Path) -> Iterator[Engine]:
    if database.kind == "sqlite":
        engine = make_engine(f"sqlite:///{folder / 'models.sqlite3'}")
    else:
        name = f"portal_models_{uuid4().hex}"
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        engine = make_engine(str(make_url(database.url).set(database=name)))
    yield engine
    engine.dispose()


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """For changes of tables, which nobody else sees: they are taken back."""
    with engine.connect().execution_options(portal_writes=True) as connection:
        yield connection
        connection.rollback()


def test_each_database_says_what_the_models_say(database: Database, made: Connection) -> None:
    with database.engine.connect() as connection:
        migrated = facts_of(connection)
    modelled = facts_of(made)
    assert len(modelled) > 1000
    differ = {name for name in migrated.keys() | modelled.keys() if migrated.get(name) != modelled.get(name)}
    named = SQLITE if database.kind == "sqlite" else POSTGRESQL
    left = {
        name: (migrated.get(name), modelled.get(name))
        for name in sorted(differ)
        if name.partition(" ")[2] not in named and not _fills_older_rows(name, migrated, modelled)
    }
    assert left == {}
    assert named.keys() <= {name.partition(" ")[2] for name in differ}


def _fills_older_rows(name: str, migrated: dict[str, str], modelled: dict[str, str]) -> bool:
    """A default that the database alone has: of a column that was added to rows that were there, and that programs of before leave out.
    It says what the model's own default says, where that has one.
    """
    kind, _, column = name.partition(" ")
    if kind != "default" or name in modelled or "NOT NULL" not in migrated[f"column {column}"]:
        return False
    table, _, field = column.partition(".")
    own = Base.metadata.tables[table].c[field]
    default = getattr(own.default, "arg", None)
    return default is None or callable(default) or migrated[name] in _spelt(own.type, default)


def _spelt(kind: TypeEngine[Any], default: Any) -> set[str]:
    if isinstance(kind, Boolean):
        return {"true", "1"} if default else {"false", "0"}
    return {f"'{default}'", str(default)}


def test_alembic_finds_nothing_either(database: Database) -> None:
    """By its own comparison, with types; defaults are compared above."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = [_named(each) for each in compare_metadata(context, Base.metadata)]
    named = {"sqlite": ["remove_index ix_review_item_next", "add_index ix_review_item_next"]}
    assert found == named.get(database.kind, [])


def _named(difference: Any) -> str:
    is_one = isinstance(difference, tuple)
    return f"{difference[0]} {getattr(difference[1], 'name', difference[1])}" if is_one else str(difference)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE decision RENAME COLUMN policy_arm TO arm",
        "ALTER TABLE borrower ADD COLUMN mood VARCHAR(10)",
        "DROP INDEX ix_review_item_queued_at",
        "CREATE INDEX ix_of_nobody ON borrower (locale)",
        "CREATE TABLE of_nobody (id INTEGER)",
    ],
)
def test_what_one_side_alone_has_is_seen(database: Database, change: str) -> None:
    with _changing(database.engine) as connection:
        before = facts_of(connection)
        connection.execute(text(change))
        assert facts_of(connection) != before


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE consent DROP CONSTRAINT ck_consent_only_the_borrower_consents",
        "ALTER TABLE consent DROP CONSTRAINT fk_consent_borrower_id",
        "ALTER TABLE borrower ALTER COLUMN locale TYPE varchar(11)",
        "ALTER TABLE borrower ALTER COLUMN locale DROP NOT NULL",
        "ALTER TABLE borrower ALTER COLUMN locale SET DEFAULT 'en'",
        "ALTER TABLE loan_standing RESET (fillfactor)",
        "DROP TRIGGER event_no_truncate ON event",
    ],
)
def test_each_kind_of_fact_is_seen_on_postgresql(postgresql_database: Database, change: str) -> None:
    with _changing(postgresql_database.engine) as connection:
        before = facts_of(connection)
        connection.execute(text(change))
        assert facts_of(connection) != before


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("given_by = 'borrower'", "given_by <> ''"),
        ("kind VARCHAR(40) NOT NULL", "kind VARCHAR(40)"),
        ("text_version VARCHAR(40)", "text_version VARCHAR(41)"),
        ("REFERENCES borrower (id)", "REFERENCES staff_member (id)"),
        ("given_by VARCHAR(12) DEFAULT 'borrower'", "given_by VARCHAR(12) DEFAULT 'agent'"),
    ],
)
def test_each_kind_of_fact_is_seen_on_sqlite(sqlite_database: Database, was: str, now: str) -> None:
    with _changing(sqlite_database.engine) as connection:
        before = facts_of(connection)
        said = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'consent'"))
        assert said is not None
        assert was in said
        connection.execute(text("DROP TABLE consent"))
        connection.exec_driver_sql(said.replace(was, now))
        changed = facts_of(connection)
        differ = {name for name in before if changed.get(name) != before[name]}
    assert differ > {"index ix_consent_borrower_id"}
