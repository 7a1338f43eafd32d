"""How a file differs from the document that it comes from, told without any of its content."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_STEP = 4096


class ChangeKind(StrEnum):
    """What can be said of a change; pages count from 1."""

    BYTES = "bytes"
    APPENDED = "appended"
    CUT = "cut"
    PAGES_ADDED = "pages_added"
    PAGES_REMOVED = "pages_removed"
    PAGES_CHANGED = "pages_changed"
    ATTACHMENTS = "attachments"
    SIGNATURES_MISSING = "signatures_missing"
    SAVED_ANEW = "saved_anew"
    UNREADABLE = "unreadable"
    BEFORE_SEALING = "before_sealing"


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """One change. ``count`` and ``first`` are bytes (``first`` counts from 1), ``pages`` and ``names`` what was touched."""

    kind: ChangeKind
    count: int = 0
    first: int = 0
    pages: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


def compare_bytes(original: bytes, given: bytes) -> Sequence[DocumentChange]:
    """What the bytes alone tell; nothing where they are the same, or have little in common."""
    if original == given:
        return ()
    if given.startswith(original):
        return (DocumentChange(ChangeKind.APPENDED, count=len(given) - len(original)),)
    if original.startswith(given):
        return (DocumentChange(ChangeKind.CUT, count=len(original) - len(given)),)
    if len(original) != len(given):
        return ()
    places = _places(original, given)
    return (DocumentChange(ChangeKind.BYTES, count=len(places), first=places[0]),)


def _places(original: bytes, given: bytes) -> list[int]:
    """Where two texts of one length differ, from 1; what is the same is passed over in large steps."""
    return [
        at + 1
        for begin in range(0, len(original), _STEP)
        if original[begin : begin + _STEP] != given[begin : begin + _STEP]
        for at in range(begin, min(begin + _STEP, len(original)))
        if original[at] != given[at]
    ]
