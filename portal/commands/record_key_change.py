"""Another key signs the record's checkpoints from now on: planned, after a loss, or because somebody may have copied the old one.

The change is an event. The checkpoint that covers it is signed by both keys where the old one may still be used, so that whoever
trusts the old key learns of the new one from it. What the old key signed up to then stays signed; above, it is believed no more.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, select

from portal.adapters.checkpoint_copies import checkpoint_store
from portal.adapters.record_keys import (
    adopt_next_key,
    load_record_key,
    load_trusted_keys,
    make_next_key,
    record_key_path,
    trust_next_key,
)
from portal.commands.record_keeping import RecordKeeper
from portal.config import Config
from portal.db import transaction
from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.signed_notes import NoteKey
from portal.models import Event
from portal.services.record import record


class KeyChange(StrEnum):
    """Why."""

    PLANNED = "planned"
    LOST = "lost"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True)
class ChangedKey:
    """``until`` is what the old key is believed up to; ``set_aside`` counts checkpoints that are believed no more."""

    new: NoteKey
    until: int
    set_aside: int
    size: int


def change_key(
    config: Config, engine: Engine, *, why: KeyChange, until: int | None = None, now: datetime
) -> ChangedKey:
    """``until`` is for a compromised key: the largest size that was seen elsewhere before. A change that was broken off is finished.

    Raises ``record_key_unusable`` where there is no key to change, or a planned change lacks the old private key; and
    ``RecordBrokenError``.
    """
    path, store = record_key_path(config), checkpoint_store(config)
    old = _key_in_use(config)
    retiring = [load_record_key(path)] if why is KeyChange.PLANNED else []
    keeper = RecordKeeper(engine, store, lambda: load_record_key(path), lambda: load_trusted_keys(path))
    with store.turn():
        set_aside = 0 if until is None else store.set_aside(until)
        believed = max(store.sizes(), default=0) if until is None else until
        keeper.place()
        new = make_next_key(path, old.name)
        trust_next_key(path, new)
        _record_change(engine, old, new.public, why, now)
        keeper.place()
        keeper.sign_with(*retiring, new)
        if retiring:
            believed = keeper.signed
        adopt_next_key(path, old, until=believed)
    return ChangedKey(new.public, believed, set_aside, keeper.signed)


def _key_in_use(config: Config) -> NoteKey:
    """The first that has not ended: behind it may stand the next, of a change that was broken off."""
    keys = load_trusted_keys(record_key_path(config))
    found = next((each.key for each in keys if each.until is None), None)
    if found is None:
        raise DomainError("record_key_unusable", reason="there is none to change")
    return found


def _record_change(engine: Engine, old: NoteKey, new: NoteKey, why: KeyChange, now: datetime) -> None:
    fields: dict[str, Any] = {"old_key": str(old), "new_key": str(new), "reason": why.value}
    with transaction(engine) as session:
        last = select(Event.fields).where(Event.name == "record:key_changed").order_by(Event.id.desc())
        if session.scalar(last.limit(1)) != fields:
            record(session, SYSTEM, "record:key_changed", now=now, **fields)
