"""The whole record verified: 1,000,000 events from the database against their leaves, the leaves against a checkpoint, beside bare
SHA-256 over the same bytes, event by event, already in memory. On SQLite and on PostgreSQL.
"""

import logging
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
import structlog
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, insert

from benchmarks.results import Result, compared
from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_keys import RecordKey, make_record_key
from portal.commands.record_examination import examine
from portal.commands.record_keeping import RecordKeeper
from portal.db import make_engine, migrate, transaction
from portal.domain.record_keys import TrustedKey
from portal.domain.record_leaves import RecordedEvent, leaf_of
from portal.models import Event, RecordLeaf
from portal.queries.placed_lines import placed_lines
from tests.people import NOW
from tests.postgresql_server import running_server

MANY, QUICK_MANY = 1_000_000, 50_000
ROUNDS, QUICK_ROUNDS = 3, 3
AT_ONCE = 20_000
MOST: Final = 15.0


def measure(quick: bool) -> Sequence[Result]:  # noqa: FBT001
    """Seconds for all events."""
    count, rounds = (QUICK_MANY, QUICK_ROUNDS) if quick else (MANY, ROUNDS)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        key = make_record_key(folder / "record.pem", "example.org/record")
        results = [_measured("SQLite", f"sqlite:///{folder / 'record.sqlite3'}", folder, key, count, rounds)]
        url = stack.enter_context(_database(stack.enter_context(running_server())))
        return [*results, _measured("PostgreSQL", url, folder, key, count, rounds)]


def _measured(name: str, url: str, folder: Path, key: RecordKey, count: int, rounds: int) -> Result:
    migrate(url)
    engine, store, trusted = make_engine(url), CheckpointFolder(folder / name), [TrustedKey(key.public)]
    try:
        begun = time.monotonic()
        _fill(engine, count)
        RecordKeeper(engine, store, lambda: key, lambda: trusted).keep()
        print(f"{count:,} events on {name} made in {time.monotonic() - begun:.0f} s", file=sys.stderr)
        pairs = []
        for _ in range(rounds):
            begun = time.perf_counter()
            found = examine(engine, store, trusted, most=600, now=NOW)
            ours = time.perf_counter() - begun
            if not found.is_whole or found.verdict.covered != count:
                raise RuntimeError(f"not whole: {found}")
            pairs.append((ours, _bare(engine)))
    finally:
        engine.dispose()
    result = compared(f"verify {count:,} events, {name}", pairs, unit="s")
    is_kept = "kept" if result.ratio <= MOST else "MISSED"
    return Result(
        result.name,
        *_seconds(pairs),
        result.ratio,
        "s",
        rounds,
        result.spread,
        f"at most {MOST} x: {is_kept}",
    )


def _seconds(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    ours, bare = (sorted(each)[len(pairs) // 2] for each in zip(*pairs, strict=True))
    return round(ours, 2), round(bare, 2)


def _bare(engine: Engine) -> float:
    """Only the hashing is counted, not the reading."""
    seconds = 0.0
    with transaction(engine, writes=False) as session:
        for lines in placed_lines(session):
            said = [line.salt + (line.event or b"") for line in lines]
            begun = time.perf_counter()
            for each in said:
                sha256(each).digest()
            seconds += time.perf_counter() - begun
    return seconds


def _fill(engine: Engine, count: int) -> None:
    for start in range(0, count, AT_ONCE):
        events, places = zip(
            *(_made(place) for place in range(start, min(start + AT_ONCE, count))), strict=True
        )
        with transaction(engine) as session:
            session.execute(insert(Event), list(events))
            session.execute(insert(RecordLeaf), list(places))


def _made(place: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One event as a signed plan leaves it, with its place."""
    salt = secrets.token_bytes(16)
    event = RecordedEvent(
        id=place + 1,
        name="plan:submitted",
        at=NOW + timedelta(seconds=place, microseconds=place % 1_000),
        actor_kind="borrower",
        actor_id=place % 5_000,
        request_id=f"{place:016x}",
        borrower_id=place % 5_000,
        loan_id=place % 9_000,
        proposal_id=place,
        fields={"version_number": 1 + place % 3, "content_hash": secrets.token_hex(32), "code_id": place},
    )
    row = {name: getattr(event, name) for name in event.__slots__} | {"salt": salt}
    return row, {"place": place, "event_id": event.id, "leaf": leaf_of(event, salt, place)}


@contextmanager
def _database(server: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier("record")))
        yield server.replace("/postgres?", "/record?", 1)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier("record")))
