"""Whom the record's checkpoints are believed from: public keys, past ones included, each up to where it may sign.

A key that was changed for another, or that somebody may have copied, is not forgotten: what it signed before stays signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.domain.checkpoints import Checkpoint
from portal.domain.signed_notes import IsSignedBy, NoteError, NoteKey, SignedNote

_UNTIL = " until "


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """``until`` is the size of the largest checkpoint that it may sign; None while it is in use."""

    key: NoteKey
    until: int | None = None

    def __str__(self) -> str:
        """``name+id+base64``, and for a past key `` until SIZE``."""
        return f"{self.key}" if self.until is None else f"{self.key}{_UNTIL}{self.until}"

    @classmethod
    def parse(cls, line: str) -> "TrustedKey":
        """What ``str`` gave. Raises ``NoteError`` ``unreadable``."""
        text, _, until = line.strip().partition(_UNTIL)
        if until and not (until.isascii() and until.isdigit()):
            raise NoteError("unreadable")
        return cls(NoteKey.parse(text), int(until) if until else None)

    def may_sign(self, size: int) -> bool:
        return self.until is None or size <= self.until


def read_checkpoint(text: str, keys: Sequence[TrustedKey], is_signed_by: IsSignedBy) -> Checkpoint:
    """What a note says, where one of the keys signed it and might.

    Raises ``NoteError``: ``unreadable``, ``unsigned``, ``forged``, ``foreign`` (of another record), ``retired`` (signed by a key after
    its time alone).
    """
    note = SignedNote.parse(text)
    signers = note.signers([each.key for each in keys], is_signed_by)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin not in {key.name for key in signers}:
        raise NoteError("foreign")
    if not any(each.may_sign(checkpoint.size) for each in keys if each.key in signers):
        raise NoteError("retired")
    return checkpoint


def ended(keys: Sequence[TrustedKey], key: NoteKey, until: int) -> Sequence[TrustedKey]:
    """The same keys, one of which signs no larger checkpoint any more."""
    return [replace(each, until=until) if each.key == key else each for each in keys]
