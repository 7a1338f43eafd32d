"""What an application asks of its database for one request, as its driver got it: a reference asks the same, and nothing more."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, event

_NO_QUERY: Final = re.compile(r"\s*(?:PRAGMA|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """In the driver's words; ``parameters`` a sequence on SQLite, a mapping on PostgreSQL."""

    words: str
    parameters: Any


@dataclass(slots=True)
class Said:
    """``round_trips`` counts every statement that was sent; ``statements`` are those that ask or change something."""

    statements: list[Statement] = field(default_factory=list)
    round_trips: int = 0

    def taken(self) -> Sequence[Statement]:
        """What was said since the last time."""
        taken, self.statements = self.statements, []
        self.round_trips = 0
        return taken


@contextmanager
def recorded(engine: Engine) -> Iterator[Said]:
    """Everything that is said on the engine meanwhile; ``executemany`` is kept as the single statements that it is."""
    said = Said()

    def note(_connection: Any, _cursor: Any, words: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001
        said.round_trips += 1
        if not _NO_QUERY.match(words):
            said.statements += [Statement(words, each) for each in (parameters if many else [parameters])]

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)
