"""How the keeping of the record stands now: the newest checkpoint held against the newest events."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.adapters.checkpoint_copies import checkpoint_store
from portal.config import Config
from portal.domain.checkpoints import Checkpoint
from portal.domain.record_standing import RecordStanding, record_standing
from portal.domain.signed_notes import SignedNote
from portal.queries.record_lag import record_lag


def current_standing(session: Session, config: Config, now: datetime) -> RecordStanding:
    """Signatures are not checked here: this tells whether the record is kept, not whether it is right."""
    store = checkpoint_store(config)
    note = store.latest()
    covered = None if note is None else Checkpoint.parse(SignedNote.parse(note).text).size
    lag = record_lag(session, covered or 0)
    return record_standing(
        covered=covered,
        uncovered=lag.events,
        seconds=lag.seconds(now),
        most=config.record_lag_seconds,
        is_broken=store.broken() is not None,
    )
