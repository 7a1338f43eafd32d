"""Making a PostgreSQL database as it was copied, in a few milliseconds where a new copy takes a hundred."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg.sql import SQL, Identifier

Look = Callable[[psycopg.Connection, Sequence[str]], object]
"""Is given the tables that have rows."""

LARGEST = 48 << 20
"""Bytes; a larger one is quicker made anew than emptied."""
_SHAPE = """
SELECT md5(string_agg(line, '|' ORDER BY line)) FROM (
    SELECT concat_ws(' ', 'relation', oid, relname, relnatts, relchecks) AS line FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'column', attrelid, attnum, attname, atttypid, attnotnull, attisdropped)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attnum > 0 AND relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'version', to_jsonb(alembic_version)) FROM alembic_version
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, conname, convalidated) FROM pg_constraint
    UNION ALL SELECT concat_ws(' ', 'function', oid, xmin) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS lines"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_COUNTERS = """
SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"""
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@dataclass(frozen=True, slots=True)
class Emptying:
    """What a copy looks like before a test: its shape, and the tables that can have rows (``alembic_version`` apart).

    Whoever wants to see what a test left is among the ``looks``: they come before anything goes, whatever the test made of the shape.
    """

    shape: str
    tables: tuple[str, ...]
    looks: list[Look] = field(default_factory=list)

    @classmethod
    def learnt_from(cls, address: str) -> "Emptying":
        """``address`` is a copy that nobody has touched."""
        with psycopg.connect(address) as connection:
            return cls(_shape_of(connection), _tables_of(connection))

    def is_done_to(self, address: str) -> bool:
        """Empty it; False where a test changed more than rows, or left so many that a new copy is quicker."""
        try:
            with psycopg.connect(address) as connection:
                return self._empty(connection)
        except psycopg.OperationalError:
            return False

    def _empty(self, connection: psycopg.Connection) -> bool:
        connection.execute("SET lock_timeout = '5s'")
        connection.execute(_OTHERS)
        is_same = _shape_of(connection) == self.shape
        filled = _with_rows(connection, self.tables if is_same else _tables_of(connection))
        for look in self.looks:
            look(connection, filled)
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        if size is None or size[0] > LARGEST or not is_same:
            return False
        # The record refuses to be deleted, and rows hold each other: in this role no trigger speaks.
        connection.execute("SET session_replication_role = replica")
        for name in filled:
            connection.execute(SQL("DELETE FROM {}").format(Identifier(name)))
        connection.execute(_COUNTERS)
        return True


def _tables_of(connection: psycopg.Connection) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute(_TABLES))


def _with_rows(connection: psycopg.Connection, tables: Sequence[str]) -> list[str]:
    each = [SQL("EXISTS (SELECT FROM {})").format(Identifier(name)) for name in tables]
    found = connection.execute(SQL("SELECT {}").format(SQL(", ").join(each))).fetchone()
    return [name for name, has_rows in zip(tables, found or (), strict=True) if has_rows]


def _shape_of(connection: psycopg.Connection) -> str:
    (shape,) = connection.execute(_SHAPE).fetchone() or ("",)
    return str(shape)
