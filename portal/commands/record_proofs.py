"""The proof that one place stands in the record, under a checkpoint that was signed."""

from sqlalchemy.orm import Session

from portal.adapters.checkpoint_copies import checkpoint_store
from portal.adapters.record_keys import is_signed_by, load_trusted_keys, record_key_path
from portal.config import Config
from portal.domain.checkpoints import Checkpoint
from portal.domain.log_proofs import LogProof
from portal.domain.merkle_trees import inclusion_proof, root_of
from portal.domain.record_keys import read_checkpoint
from portal.domain.signed_notes import SignedNote
from portal.queries.record_rows import leaf_at, leaves


def find_proof(session: Session, config: Config, place: int) -> LogProof | None:
    """Under the oldest checkpoint that covers the place; None where none does yet. Goes through the leaves that it signs for."""
    note = checkpoint_store(config).first_covering(place + 1)
    if note is None:
        return None
    size = Checkpoint.parse(SignedNote.parse(note).text).size
    path = inclusion_proof(place, size, lambda start, end: root_of(leaves(session, start, end)))
    return LogProof(place, tuple(path), note)


def proved_under(session: Session, config: Config, proof: LogProof) -> Checkpoint | None:
    """The checkpoint of a proof; None where the leaf that is kept now does not lead to its root.

    Raises ``NoteError`` where no key that is trusted here signed it, ``record_key_unusable``.
    """
    checkpoint = read_checkpoint(proof.checkpoint, load_trusted_keys(record_key_path(config)), is_signed_by)
    return checkpoint if proof.places(leaf_at(session, proof.index)) else None
