"""Time stamps of checkpoints: once a day an authority outside says that the record stood so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from portal.adapters.time_stamps.configured import time_stamp_trust, time_stamper
from portal.clock import Clock
from portal.config import Config
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.errors import DomainError
from portal.domain.signed_notes import SignedNote
from portal.services.ports import CheckpointStore, TimeStamper

EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(minutes=10)
"""After an authority did not answer."""


@dataclass(slots=True)
class CheckpointStamping:
    """Decides when it is time, and asks."""

    store: CheckpointStore
    stamper: TimeStamper
    trust: Sequence[bytes]
    _next: datetime | None = None

    def turn(self, now: datetime) -> int | None:
        """Stamp the newest checkpoint where it is time to; its size. Raises ``time_stamp_failed``: ten minutes later it is tried again."""
        if self._next is not None and timedelta(0) < self._next - now <= EVERY:
            return None
        # Another worker may have been first.
        self._next = self._due_after_newest(now)
        if self._next > now:
            return None
        self._next = now + AGAIN_AFTER
        size = self.stamp_newest()
        self._next = now + EVERY
        return size

    def stamp_newest(self) -> int | None:
        """None where there is no checkpoint, or the newest has its stamp."""
        note = self.store.latest()
        if note is None:
            return None
        size = Checkpoint.parse(SignedNote.parse(note).text).size
        if self.store.stamp(size) is not None:
            return None
        self.store.keep_stamp(size, self.stamper.stamp(digest_of_note(note)))
        return size

    def _due_after_newest(self, now: datetime) -> datetime:
        sizes = self.store.stamped()
        if not sizes:
            return now
        note, token = self.store.note(sizes[-1]), self.store.stamp(sizes[-1])
        try:
            return stamped_at(token or b"", note or "", self.trust) + EVERY
        except DomainError:
            return now


def digest_of_note(note: str) -> bytes:
    """What is stamped: the checkpoint as it was signed, signatures included."""
    return sha256(note.encode()).digest()


def stamped_at(token: bytes, note: str, trust: Sequence[bytes]) -> datetime:
    """When the checkpoint was there, by an authority that is trusted. Raises ``time_stamp_invalid``."""
    # What checks certificates takes most of a second to load; no start should wait for it.
    from portal.adapters.time_stamps.tokens import verify_time_stamp  # noqa: PLC0415

    return verify_time_stamp(token, digest_of_note(note), trust)


def wrong_stamps(store: CheckpointStore, trust: Sequence[bytes]) -> Iterator[Unusable]:
    """Those that do not hold for their checkpoints, by name; none is looked at where no authority is trusted here."""
    for size in store.stamped() if trust else ():
        try:
            stamped_at(store.stamp(size) or b"", store.note(size) or "", trust)
        except DomainError as error:
            yield Unusable(f"{size:015d}.tst", str(error.details.get("reason", error.code)))


def stamping_of(config: Config, clock: Clock, store: CheckpointStore) -> CheckpointStamping | None:
    """None where no authority is configured."""
    stamper = time_stamper(config, clock)
    return None if stamper is None else CheckpointStamping(store, stamper, time_stamp_trust(config))
