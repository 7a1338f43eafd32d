"""Python's search for garbage, put off while a document is drawn."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_later() -> Iterator[None]:
    """A document is half a million objects, all needed until it is written: each search among them finds nothing and takes its time.

    What is left afterwards goes with the next search. Whoever had turned the search off finds it off.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
