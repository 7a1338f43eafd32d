"""Going through the whole record with a progress bar: every event against its leaf, every leaf against the checkpoints."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime

import click
from flask_babel import gettext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.commands.record_findings import Examined
from portal.commands.record_parts import WORTH_IT, parts_by_many
from portal.commands.record_stamping import wrong_stamps
from portal.db import transaction
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.record_checks import Part, RecordCheck, Verdict
from portal.domain.record_keys import TrustedKey
from portal.queries.placed_parts import placed_parts
from portal.queries.record_lag import record_lag
from portal.queries.record_rows import record_counts
from portal.services.ports import CheckpointStore


def examine(
    engine: Engine,
    store: CheckpointStore,
    keys: Sequence[TrustedKey],
    *,
    most: int,
    now: datetime,
    stamp_trust: Sequence[bytes] = (),
) -> Examined:
    """``most`` is how many seconds an event may wait for a checkpoint; ``stamp_trust`` are certificates (DER) that time stamps are
    checked against. The database is only read.
    """
    found = [*store.read(keys), *wrong_stamps(store, stamp_trust)]
    checkpoints = [each for each in found if isinstance(each, Checkpoint)]
    with transaction(engine, writes=False) as session:
        counts = record_counts(session)
        verdict = _gone_through(_parts(engine, session, counts.placed), checkpoints, counts.placed)
        seconds = record_lag(session, verdict.covered).seconds(now)
    return Examined(
        verdict=verdict,
        checkpoints=len(checkpoints),
        unusable=tuple(each for each in found if isinstance(each, Unusable)),
        waiting=counts.waiting,
        seconds=seconds,
        most=most,
    )


def _parts(engine: Engine, session: Session, places: int) -> Iterator[Part]:
    if places >= WORTH_IT:
        yield from parts_by_many(engine.url.render_as_string(hide_password=False), places)
        return
    yield from placed_parts(session)


def _gone_through(parts: Iterator[Part], checkpoints: Sequence[Checkpoint], places: int) -> Verdict:
    check = RecordCheck(checkpoints)
    with click.progressbar(length=places, label=gettext("Events"), file=sys.stderr) as bar:
        for part in parts:
            check.take_part(part)
            bar.update(len(part.leaves))
    return check.verdict()
