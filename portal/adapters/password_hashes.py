"""A file of SHA-1 hashes of passwords, ordered by hash, as known ones are published: ``HASH`` or ``HASH:COUNT`` a line. It may have many
gigabytes, so that it is looked up where it lies and never read whole.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

_LINE: Final = re.compile(rb"([0-9A-Fa-f]{40})(:\d+)?\r?\n?")
_LONGEST_LINE: Final = 128
"""More than any such line has: what has longer ones is no such file."""
_LOOKS: Final = 64


class PasswordHashes:
    """Raises ``OSError`` where the file cannot be read, ``ValueError`` where what is read is no such line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def holds(self, password: str) -> bool:
        """Whether the password stands in it, exactly as it is written here."""
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with self._path.open("rb") as file:
            return _finds(file, wanted)

    def refuse_other(self) -> None:
        """Raises ``ValueError`` where it has lines of another kind, or another order: looked at in 64 places."""
        with self._path.open("rb") as file:
            before = b""
            for start, hashed in _spread(file):
                if hashed < before:
                    raise ValueError(f"not ordered by hash before byte {start}")
                before = hashed
                if not _finds(file, hashed):
                    raise ValueError(f"not ordered by hash: the line at byte {start} is not found")
            if not before:
                raise ValueError("empty")


def _finds(file: BinaryIO, wanted: bytes) -> bool:
    """By halves: the line that begins at or after the middle says on which side to go on."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        start, line = _line_from(file, middle, end=high)
        if line is None:
            high = middle
            continue
        hashed = _hash_of(line, start)
        if hashed == wanted:
            return True
        if hashed < wanted:
            low = start + len(line)
        else:
            high = middle
    return False


def _spread(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    size = file.seek(0, os.SEEK_END)
    for look in range(_LOOKS):
        start, line = _line_from(file, size * look // _LOOKS, end=size)
        if line is not None:
            yield start, _hash_of(line, start)


def _line_from(file: BinaryIO, place: int, *, end: int) -> tuple[int, bytes | None]:
    """The first line that begins at ``place`` or after it, and before ``end``; where it begins."""
    file.seek(max(0, place - 1))
    if place:
        skipped = file.readline(_LONGEST_LINE)
        if len(skipped) == _LONGEST_LINE:
            raise ValueError(f"no line of hashes at byte {place}")
    start = file.tell()
    return (start, file.readline(_LONGEST_LINE)) if start < end else (start, None)


def _hash_of(line: bytes, start: int) -> bytes:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"no line of hashes at byte {start}")
    return found[1].upper()
