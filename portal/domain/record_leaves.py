"""What an event counts as in the record's tree: a salted commitment, so that a leaf may be shown to anybody and tells nothing.

``commitment = SHA-256(salt || canonical event with its place)`` is the leaf's data. Whoever holds event and salt can show that
the two are in the tree; without the salt nobody can guess what an event said. Where both are erased, the leaf stays and every
proof holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from portal.domain.canonical_json import canonical_json
from portal.domain.merkle_trees import leaf_hash

SALT_BYTES = 16


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
        return canonical_json(
            {
                "place": place,
                "id": self.id,
                "name": self.name,
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "actor_kind": self.actor_kind,
                "actor_id": self.actor_id,
                "request_id": self.request_id,
                "borrower_id": self.borrower_id,
                "loan_id": self.loan_id,
                "proposal_id": self.proposal_id,
                "fields": self.fields,
            }
        )


def commitment_of(event: RecordedEvent, salt: bytes, place: int) -> bytes:
    """32 bytes."""
    return sha256(salt + event.canonical(place)).digest()


def leaf_of(event: RecordedEvent, salt: bytes, place: int) -> bytes:
    """The leaf's hash, 32 bytes."""
    return leaf_hash(commitment_of(event, salt, place))
