"""What an event counts as in the record's tree: a salted commitment, so that a leaf may be shown to anybody and tells nothing.

``commitment = SHA-256(salt || canonical event with its place)`` is the leaf's data. Whoever holds event and salt can show that
the two are in the tree; without the salt nobody can guess what an event said. Where both are erased, the leaf stays and every
proof holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from portal.domain.canonical_json import canonical_json, canonical_text
from portal.domain.merkle_trees import leaf_hash

SALT_BYTES = 16
ERASED: Final = "erased"
"""The name that an erased event bears in place of its own."""
TELLS_OF_ERASING: Final = "record:erased"
ABOUT_ITSELF: Final = frozenset({TELLS_OF_ERASING, "record:key_changed"})
"""What the record says about itself: never erased, and about nobody."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event as it was recorded. ``at`` is aware; ``fields`` holds text, whole numbers, truth values, lists and objects."""

    id: int
    name: str
    at: datetime
    actor_kind: str
    actor_id: int | None
    request_id: str | None
    borrower_id: int | None
    loan_id: int | None
    proposal_id: int | None
    fields: Mapping[str, object]

    def canonical(self, place: int) -> bytes:
        """The bytes that are committed to; with the place, so that two events cannot change theirs. Raises ``TypeError`` where a
        field has no canonical form.
        """
        return canonical_event(
            place,
            self.id,
            self.name,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.actor_kind,
            self.actor_id,
            self.request_id,
            self.borrower_id,
            self.loan_id,
            self.proposal_id,
            canonical_json(self.fields).decode(),
        )


def canonical_event(  # noqa: PLR0913, PLR0917 - the columns of a row, which come in millions
    place: int,
    event_id: int,
    name: str,
    at: str,
    actor_kind: str,
    actor_id: int | None,
    request_id: str | None,
    borrower_id: int | None,
    loan_id: int | None,
    proposal_id: int | None,
    fields: str,
) -> bytes:
    """The same of an event as a row: ``at`` as ISO 8601 in UTC with microseconds, ``fields`` in their canonical form.

    Written out, because a record is gone through in millions: the members in this order are what ``canonical_json`` gives. Raises
    ``TypeError`` or ``ValueError`` where a value is not of its kind.
    """
    request = "null" if request_id is None else canonical_text(request_id)
    return (
        f'{{"actor_id":{"null" if actor_id is None else f"{actor_id:d}"},"actor_kind":{_word(actor_kind)},"at":"{at}",'
        f'"borrower_id":{"null" if borrower_id is None else f"{borrower_id:d}"},"fields":{fields},"id":{event_id:d},'
        f'"loan_id":{"null" if loan_id is None else f"{loan_id:d}"},"name":{_word(name)},"place":{place:d},'
        f'"proposal_id":{"null" if proposal_id is None else f"{proposal_id:d}"},"request_id":{request}}}'
    ).encode()


@lru_cache(maxsize=1024)
def _word(text: str) -> str:
    """Of a small vocabulary."""
    return canonical_text(text)


def erased(event_id: int, at: datetime) -> RecordedEvent:
    """What is left of an event that was erased at that moment: nothing of it, so that nothing can be made of it."""
    return RecordedEvent(event_id, ERASED, at, "system", None, None, None, None, None, {})


def commitment_of(event: RecordedEvent, salt: bytes, place: int) -> bytes:
    """32 bytes."""
    return sha256(salt + event.canonical(place)).digest()


def leaf_of(event: RecordedEvent, salt: bytes, place: int) -> bytes:
    """The leaf's hash, 32 bytes."""
    return leaf_hash(commitment_of(event, salt, place))
