"""Proofs to be kept: that an event stands in the record under a signed checkpoint, as a text (C2SP ``tlog-proof@v1``)."""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.checkpoints import Checkpoint
from portal.domain.merkle_trees import has_leaf
from portal.domain.signed_notes import NoteError, SignedNote

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True)
class LogProof:
    """The place of a leaf, the hashes from its sibling up, and the checkpoint as it was signed, byte for byte."""

    index: int
    path: Sequence[bytes]
    checkpoint: str

    def __str__(self) -> str:
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.path)
        return f"{FIRST_LINE}\nindex {self.index}\n{hashes}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> "LogProof":
        """Raises ``NoteError`` ``unreadable``. A line of extra data is allowed and not kept: nothing vouches for it."""
        head, gap, checkpoint = text.partition("\n\n")
        first, *lines = head.split("\n")
        if lines and lines[0].startswith("extra "):
            del lines[0]
        index = _INDEX.fullmatch(lines[0]) if lines else None
        hashes = lines[1:]
        is_proof = first == FIRST_LINE and gap and index is not None and len(hashes) <= MOST_HASHES
        if not is_proof or index is None or not all(map(_HASH.fullmatch, hashes)):
            raise NoteError("unreadable")
        return cls(int(index[1]), tuple(map(b64decode, hashes)), checkpoint)

    def signed(self) -> tuple[SignedNote, Checkpoint]:
        """The checkpoint as a note, whose signatures are still to be checked, and what it says. Raises ``NoteError``."""
        note = SignedNote.parse(self.checkpoint)
        return note, Checkpoint.parse(note.text)

    def places(self, leaf: bytes) -> bool:
        """Whether it leads from this leaf's hash to the root that the checkpoint names. Raises ``NoteError``."""
        _, checkpoint = self.signed()
        return has_leaf(leaf, self.index, checkpoint.size, self.path, checkpoint.root)


@dataclass(frozen=True, slots=True)
class GrowthProof:
    """That the tree of a later checkpoint begins with the ``old`` leaves of an earlier one: as C2SP ``tlog-witness`` asks for it."""

    old: int
    path: Sequence[bytes]
    checkpoint: str

    def __str__(self) -> str:
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.path)
        return f"old {self.old}\n{hashes}\n{self.checkpoint}"
