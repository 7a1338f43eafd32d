"""All that a database holds in one line: equal where nothing else happened."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import DateTime, Engine, LargeBinary, String, Table, TypeDecorator, select, type_coerce

from portal.db import transaction
from portal.models import Base
from portal.models.sealing import WrappedKey

_MADE_ANEW = {"event": {"id"}, "outbox": {"id"}, "loan_stage": {"id"}, "hold": {"id"}, "day_run": {"id"}}
"""Numbers that a transaction which was taken back may have used up."""


def digest_of(engine: Engine, *, everything: bool = False) -> str:
    """Of every row of every table; without ``everything`` but for moments, salts, and numbers of rows that a run makes."""
    digest = hashlib.sha256()
    with transaction(engine, writes=False) as session:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if everything or _is_told(table, column)]
            rows = sorted(_told(tuple(row)) for row in session.execute(select(*map(_as_kept, columns))))
            digest.update(f"{table.name} {len(rows)}\n".encode())
            digest.update("\n".join(rows).encode())
    return digest.hexdigest()


def rows_by_table(engine: Engine) -> dict[str, list[str]]:
    """What the digest is of, for finding out where two differ."""
    with transaction(engine, writes=False) as session:
        return {
            table.name: sorted(
                _told(tuple(row))
                for row in session.execute(select(*(c for c in table.columns if _is_told(table, c))))
            )
            for table in Base.metadata.sorted_tables
        }


def _is_told(table: Table, column: Any) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    is_chance = isinstance(kind, DateTime | LargeBinary)
    is_sealed = column.name == "data_key" or column.name.endswith("_sealed")
    return not is_chance and not is_sealed and column.name not in _MADE_ANEW.get(table.name, set())


def _as_kept(column: Any) -> Any:
    """A row's key as it stands there."""
    return type_coerce(column, String) if isinstance(column.type, WrappedKey) else column


def _told(row: tuple[Any, ...]) -> str:
    return json.dumps([_plain(value) for value in row], sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return value if isinstance(value, dict | list | int | str | None) else str(value)


def differences(one: Engine, other: Engine) -> Iterator[str]:
    """Rows that only one of two databases has."""
    left, right = rows_by_table(one), rows_by_table(other)
    for name, rows in left.items():
        for row in sorted(set(rows) ^ set(right[name])):
            yield f"{name}: {row}"
