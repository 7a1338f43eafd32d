"""Several reads in one round trip: each a list within one row, compiled once for each database and then sent as it is."""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Date, ScalarSelect, Select, TypeDecorator, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models.base import Percent, UtcDateTime

_DIALECTS: Final = {"sqlite": sqlite.dialect(), "postgresql": postgresql.psycopg.dialect()}  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Part:
    """How the rows of one read are made again: their columns by name, and what becomes of those that JSON has no word for."""

    row: Callable[[Iterable[Any]], Any]
    readers: Sequence[tuple[int, Callable[[Any], Any]]]

    def rows(self, said: Any) -> Sequence[Any]:
        lines = json.loads(said) if isinstance(said, str) else (said or ())
        for line in lines:
            for place, read in self.readers:
                if line[place] is not None:
                    line[place] = read(line[place])
        return [self.row(line) for line in lines]


@dataclass(frozen=True, slots=True)
class _Sent:
    """``constants`` are parameters that the reads bring along; ``places`` the names in turn, where the driver counts them (SQLite)."""

    words: str
    constants: Mapping[str, Any]
    places: Sequence[str]

    def given(self, values: Mapping[str, Any]) -> Any:
        given = {**self.constants, **values}
        return tuple(_sqlite_value(given[name]) for name in self.places) if self.places else given


class Gathering:
    """Reads by name, with parameters by name (``bindparam``); what holds JSON cannot be among the columns.

    The order of rows within a read is the caller's to make.
    """

    def __init__(self, **reads: Select[*tuple[Any, ...]]) -> None:
        self._reads = reads
        self._parts = {name: _part(name, read) for name, read in reads.items()}
        self._sent = {kind: self._compiled(kind) for kind in _DIALECTS}

    def ask(self, session: Session, **values: Any) -> Mapping[str, Sequence[Any]]:
        """The rows of each read, columns by name."""
        connection = session.connection()
        sent = self._sent[connection.dialect.name]
        found = connection.exec_driver_sql(sent.words, sent.given(values)).one()
        return {name: part.rows(said) for (name, part), said in zip(self._parts.items(), found, strict=True)}

    def _compiled(self, kind: str) -> "_Sent":
        asked = select(*(_listed(kind, read).label(name) for name, read in self._reads.items()))
        compiled = asked.compile(dialect=_DIALECTS[kind])
        return _Sent(str(compiled), compiled.params, tuple(getattr(compiled, "positiontup", None) or ()))


def _listed(kind: str, read: Select[*tuple[Any, ...]]) -> ScalarSelect[Any]:
    columns = read.subquery().c
    if kind == "sqlite":
        return select(func.json_group_array(func.json_array(*columns))).scalar_subquery()
    return select(func.json_agg(func.json_build_array(*columns))).scalar_subquery()


def _part(name: str, read: Select[*tuple[Any, ...]]) -> _Part:
    columns = read.selected_columns
    readers = [(place, found) for place, each in enumerate(columns) if (found := _reader(each.type))]
    row: Any = namedtuple(name, [each.key for each in columns])  # type: ignore[misc]  # noqa: PYI024 - made from a read
    return _Part(row._make, readers)


def _reader(kind: object) -> Callable[[Any], Any] | None:
    if isinstance(kind, UtcDateTime):
        return _instant
    if isinstance(kind, Percent):
        return Decimal
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, Boolean):
        return bool
    if isinstance(kind, JSON | TypeDecorator):
        raise TypeError(f"{kind!r} cannot be gathered")
    return None


def _instant(said: str) -> datetime:
    found = datetime.fromisoformat(said)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _sqlite_value(value: Any) -> Any:
    """As its columns are kept."""
    return value.isoformat() if type(value) is date else value
