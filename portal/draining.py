"""Whether the server that this process belongs to is about to end: told through memory that its processes share.

The first process loads this before it starts the others. One that was not forked from it never hears of it, and answers as before.
"""

import mmap
from typing import Final

_TOLD: Final = mmap.mmap(-1, 1)


def begin() -> None:
    """From here on whoever shares out requests is asked to send no more."""
    _TOLD[0] = 1


def has_begun() -> bool:
    return _TOLD[0] == 1
