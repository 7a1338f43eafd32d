"""What a database itself says about its tables: each column, key, rule, index, trigger and setting, in its own words."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, inspect, text

_ASKED: Final = {
    "column": """
SELECT relname || '.' || attname, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
    || CASE WHEN attcollation > 0 THEN ' ' || attcollation::regcollation ELSE '' END || attgenerated::text
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped""",
    "default": """
SELECT relname || '.' || attname, pg_get_expr(adbin, adrelid) || attidentity::text
FROM pg_attrdef JOIN pg_class ON pg_class.oid = adrelid JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
WHERE relnamespace = 'public'::regnamespace""",
    "rule": """
SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'f'""",
    "reference": """
SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid), CASE WHEN convalidated THEN 'held' ELSE 'NOT VALID' END
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'f'""",
    "index": """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace""",
    "trigger": "SELECT tgname::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "setting": """
SELECT relname::text, reloptions::text FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL""",
    "statistics": "SELECT stxname::text, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
    "sequence": "SELECT relname::text, '' FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
    "policy": "SELECT polname::text, polrelid::regclass::text FROM pg_policy",
}
"""PostgreSQL's catalogues; a reference is known by what it says, for its name differs with the migration that made it."""

_CAST: Final = re.compile(r"::[a-z ]+$")
_OWN: Final = "alembic_version"
"""The migrations' own table."""


def facts_of(connection: Connection) -> dict[str, str]:
    """Each fact under its kind and name, as this transaction sees them."""
    is_sqlite = connection.dialect.name == "sqlite"
    seen = _sqlite_facts(connection) if is_sqlite else _postgresql_facts(connection)
    return {name: said for name, said in seen if _OWN not in name}


def _postgresql_facts(connection: Connection) -> Iterator[tuple[str, str]]:
    for kind, asked in _ASKED.items():
        for name, said in connection.execute(text(asked)):
            yield f"{kind} {name}", _CAST.sub("", said) if kind == "default" else said


def _sqlite_facts(connection: Connection) -> Iterator[tuple[str, str]]:
    seen = inspect(connection)
    for table in seen.get_table_names():
        yield from _columns(connection, table)
        yield from _references(connection, table)
        for check in seen.get_check_constraints(table):
            yield f"rule {table}.{check['name']}", _plain(check["sqltext"])
        for rule in seen.get_unique_constraints(table):
            yield f"rule {table}.{rule['name']}", f"unique {rule['column_names']}"
    asked = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    for kind, name, table, said in connection.execute(text(asked)):
        if kind == "table":
            # What no other fact tells: how many rules there are, with and without a name, and how text is compared.
            counted = [
                word
                for word in ("CHECK", "UNIQUE", "COLLATE", "GENERATED", "STRICT")
                for _ in _found(word, said)
            ]
            yield f"words {name}", " ".join(counted)
        else:
            yield f"{kind} {name}", f"{table}: {_plain(said)}"


def _found(word: str, said: str) -> list[str]:
    return re.findall(rf"\b{word}\b", said.upper())


def _columns(connection: Connection, table: str) -> Iterator[tuple[str, str]]:
    for _, name, kind, is_required, default, key, hidden in connection.exec_driver_sql(
        f'PRAGMA table_xinfo("{table}")'
    ):
        required = " NOT NULL" if is_required else ""
        yield f"column {table}.{name}", f"{kind}{required} key {key} hidden {hidden}"
        if default is not None:
            yield f"default {table}.{name}", default


def _references(connection: Connection, table: str) -> Iterator[tuple[str, str]]:
    parts = defaultdict(list)
    for number, _, *said in connection.exec_driver_sql(f'PRAGMA foreign_key_list("{table}")'):
        parts[number].append(" ".join(map(str, said)))
    for each in parts.values():
        yield f"reference {table} {'; '.join(each)}", "held"


def _plain(said: str) -> str:
    """Without quotation marks and line breaks, which say nothing."""
    return " ".join(said.replace('"', "").replace("( ", "(").split())
