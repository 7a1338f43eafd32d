"""Whether the server that this process belongs to is about to end: told through memory that its processes share.

The first process prepares it before it starts the others. One that was not forked from it never hears of it, and answers as before.
"""

import mmap

_told: list[mmap.mmap] = []


def prepare() -> None:
    """By the first process of a server, for itself and those that it is to start."""
    _told[:] = [mmap.mmap(-1, 1)]


def begin() -> None:
    """From here on whoever shares out requests is asked to send no more."""
    _told[0][0] = 1


def has_begun() -> bool:
    return bool(_told) and _told[0][0] == 1
