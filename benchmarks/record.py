"""The whole record verified: 1,000,000 events from the database against their leaves, the leaves against a checkpoint, beside bare
SHA-256 over the same bytes, event by event, already in memory (W6); and what recording adds to a signature (W3).
"""

import logging
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog
from sqlalchemy import Engine, func, insert, select

from benchmarks.databases import migrated
from benchmarks.results import Promise, Result, compared
from benchmarks.rounds import ROUNDS as EVERY
from benchmarks.rounds import cpu_micros, in_turn
from benchmarks.signing import make_signers, sign_block
from benchmarks.sizes import Asked
from benchmarks.worlds import World, world
from portal.adapters.checkpoint_files import CheckpointFolder
from portal.adapters.record_keys import RecordKey, make_record_key
from portal.commands.record_examination import examine
from portal.commands.record_keeping import RecordKeeper
from portal.db import make_engine, transaction
from portal.domain.permissions import SYSTEM
from portal.domain.record_keys import TrustedKey
from portal.domain.record_leaves import RecordedEvent, leaf_of
from portal.models import Event, RecordLeaf
from portal.queries.placed_lines import placed_lines
from portal.services.record import record
from tests.people import NOW

MANY, QUICK_MANY = 1_000_000, 50_000
ROUNDS, QUICK_ROUNDS = 3, 3
AT_ONCE = 20_000
MOST: Final = 15.0
SIGNED, QUICK_SIGNED = 50, 10
"""Signatures a round, where recording is held against them."""
RECORDING: Final = Promise(1.1, 1.2)


def measure(asked: Asked) -> Sequence[Result]:
    """Seconds for all events; then microseconds of processor time of a signature, with and without what it records."""
    count, rounds = (QUICK_MANY, QUICK_ROUNDS) if asked.quick else (MANY, ROUNDS)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    results = []
    for kind in asked.databases:
        with migrated(kind, "record") as url, TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            key = make_record_key(folder / "record.pem", "example.org/record")
            results.append(_measured(kind, url, folder, key, count, rounds))
        with world(kind, "recording") as made:
            results += map(made.named, recording_share(made, QUICK_SIGNED if asked.quick else SIGNED))
    return results


def recording_share(made: World, at_once: int, rounds: int = EVERY) -> Sequence[Result]:
    """A signature (W3) beside the same without the share that recording takes: its events recorded once more, by the same verb.

    They are recorded in one transaction for all signatures of a round, since the signature's own commit is not what recording adds.
    """
    signers = iter(make_signers(made, at_once * (rounds + 1)))
    engine, kept = made.database.engine, []

    def sign(number: int) -> int:
        newest = _newest_event(engine)
        done = sign_block(signers, at_once)(number)
        kept.append(_events_after(engine, newest))
        return done

    def record_again(_number: int) -> int:
        with transaction(engine) as session:
            for event in kept[-1]:
                record(session, SYSTEM, event.name, now=NOW, borrower_id=event.borrower_id, loan_id=event.loan_id,
                    proposal_id=event.proposal_id, **event.fields)  # fmt: skip
        return at_once

    signing, recording = cpu_micros(made.meter, sign), cpu_micros(made.meter, record_again)
    took = [(signing(number), recording(number)) for number in range(rounds + 1)][1:]
    pairs = [(whole, whole - share) for whole, share in took]
    per = len(kept[-1]) / at_once
    return [
        compared(
            "W6 sign beside the same unrecorded",
            pairs,
            unit="µs",
            promise=RECORDING,
            more=f"{per:.1f} events each",
        )
    ]


def _newest_event(engine: Engine) -> int:
    with transaction(engine, writes=False) as session:
        return session.scalar(select(func.max(Event.id))) or 0


def _events_after(engine: Engine, newest: int) -> Sequence[Event]:
    with transaction(engine, writes=False) as session:
        return session.scalars(select(Event).where(Event.id > newest).order_by(Event.id)).all()


def verified_in_turn(
    engine: Engine, folder: Path, key: RecordKey, count: int, rounds: int = QUICK_ROUNDS
) -> Sequence[tuple[float, float]]:
    """So many events made and placed; then by round seconds on the clock of going through them all, and of bare hashing."""
    store, trusted = CheckpointFolder(folder), [TrustedKey(key.public)]
    begun = time.monotonic()
    _fill(engine, count)
    RecordKeeper(engine, store, lambda: key, lambda: trusted).keep()
    print(f"{count:,} events on {engine.name} made in {time.monotonic() - begun:.0f} s", file=sys.stderr)

    def ours(_round: int) -> float:
        started = time.perf_counter()
        found = examine(engine, store, trusted, most=600, now=NOW)
        took = time.perf_counter() - started
        if not found.is_whole or found.verdict.covered != count:
            raise RuntimeError(f"not whole: {found}")
        return took

    return [(whole, bare) for whole, bare in in_turn([ours, lambda _round: _bare(engine)], rounds)]


def _measured(name: str, url: str, folder: Path, key: RecordKey, count: int, rounds: int) -> Result:
    engine = make_engine(url)
    try:
        pairs = verified_in_turn(engine, folder / name, key, count, rounds)
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
