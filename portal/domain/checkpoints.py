"""Checkpoints: how large the record's tree was and what its root was, as a text to be signed (C2SP ``tlog-checkpoint``)."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from portal.domain.merkle_trees import HASH_BYTES
from portal.domain.signed_notes import NoteError

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_ROOT = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``origin`` names the log, ``size`` counts its leaves, ``root`` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        is_origin = bool(self.origin) and "\n" not in self.origin
        if not is_origin or self.size < 0 or len(self.root) != HASH_BYTES:
            raise ValueError("not a checkpoint")

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The text of a note without its signatures; extension lines are passed over. Raises ``NoteError`` ``unreadable``."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise NoteError("unreadable")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size) or not _ROOT.fullmatch(root):
            raise NoteError("unreadable")
        packed = b64decode(root)
        if b64encode(packed).decode() != root:
            raise NoteError("unreadable")
        return cls(origin, int(size), packed)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A kept note that is no checkpoint of ours, by its name.

    ``reason`` is ``unreadable``, ``unsigned``, ``forged``, ``foreign``, ``retired`` (its key had ended), ``missing`` (a larger one was
    kept before) or ``differs`` (a copy says something else).
    """

    name: str
    reason: str
