"""Statements that are put into the words of a database once, and afterwards only get their values."""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import CursorResult, Dialect, Table, bindparam
from sqlalchemy.orm import Session

from portal.models import Base

_MARK: Final = "the_"
"""Before a parameter's name: a column's own would be taken for the column."""
_Change = Callable[[Any], Any]


class Prepared:
    """A Core statement whose parameters are ``given``. What SQLAlchemy does for each of any other statement, looking it up and making a
    result of it, takes longer than SQLite takes to carry it out.

    What waits in the session is not flushed by it, and entities do not hear of it.
    """

    def __init__(self, statement: Any, *, postgresql: Any | None = None) -> None:
        self._statements = {
            "sqlite": statement,
            "postgresql": statement if postgresql is None else postgresql,
        }

    def run(self, session: Session, **values: Any) -> int:
        """How many rows it changed; ``values`` for each ``given`` name."""
        return self._sent(session, values)[1].rowcount

    def rows(self, session: Session, **values: Any) -> Sequence[Any]:
        """What it returns or selects, columns by name."""
        sent, cursor = self._sent(session, values)
        return [sent.row(line) for line in cursor]

    def row(self, session: Session, **values: Any) -> Any | None:
        """The only one, if any."""
        found = self.rows(session, **values)
        return found[0] if found else None

    def _sent(self, session: Session, values: Mapping[str, Any]) -> "tuple[_Words, CursorResult[Any]]":
        connection = session.connection()
        # Kept with the connection, so that they are gone when its engine is.
        words: _Words | None = connection.info.get(self)
        if words is None:
            words = connection.info[self] = _words(
                self._statements[connection.dialect.name], connection.dialect
            )
        return words, connection.exec_driver_sql(words.text, words.given(values))


def table_of(model: type[Base]) -> Table:
    """The table behind an entity, for statements of rows."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def given(name: str, kind: Any = None) -> Any:
    """A parameter; its type is that of what it stands beside, unless ``kind`` says it."""
    return bindparam(f"{_MARK}{name}", type_=kind)


@dataclass(frozen=True, slots=True)
class _Words:
    """``constants`` are the statement's own values, as the driver takes them; ``places`` the names in turn, where the driver counts them
    (SQLite); ``changes`` and ``readings`` what types do to values on their way.
    """

    text: str
    constants: Mapping[str, Any]
    places: Sequence[str] | None
    changes: Mapping[str, _Change]
    make: Callable[[Sequence[Any]], Any] | None
    readings: Sequence[_Change | None]

    def given(self, values: Mapping[str, Any]) -> Any:
        sent = dict(self.constants)
        for name, value in values.items():
            change = self.changes.get(name)
            sent[f"{_MARK}{name}"] = value if change is None else change(value)
        return sent if self.places is None else tuple([sent[name] for name in self.places])

    def row(self, line: Sequence[Any]) -> Any:
        assert self.make is not None
        return self.make(
            [said if read is None else read(said) for said, read in zip(line, self.readings, strict=True)]
        )


def _words(statement: Any, dialect: Dialect) -> _Words:
    compiled = statement.compile(dialect=dialect)
    constants, changes = {}, {}
    for name, bound in compiled.binds.items():
        change = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if not bound.required:
            constants[name] = bound.value if change is None else change(bound.value)
        elif change is not None:
            changes[name.removeprefix(_MARK)] = change
    columns = list(statement.exported_columns)
    row: Any = namedtuple("row", [each.key for each in columns]) if columns else None  # noqa: PYI024 - made from a statement
    return _Words(
        str(compiled),
        constants,
        compiled.positiontup if compiled.positional else None,
        changes,
        row and row._make,
        [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns],
    )
