"""Python's search for garbage, seldom while a command goes through very many rows."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MADE_BETWEEN: Final = 50_000
"""Objects: what a few thousand rows are made of, some megabytes."""


@contextmanager
def searching_seldom() -> Iterator[None]:
    """The program itself, half a million objects, is not gone through again and again, nor each batch while it is being made: that took
    a fifth of a fresh import. Rows are gone when nobody has them any more, without a search; what is left in circles goes with the next.
    """
    thresholds = gc.get_threshold()
    if not thresholds[0] or gc.get_freeze_count():  # somebody else has decided it
        yield
        return
    gc.freeze()
    gc.set_threshold(MADE_BETWEEN, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
