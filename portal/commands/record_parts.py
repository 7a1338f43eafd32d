"""The record looked at by several processes: each reads a range of places by itself, and one puts them together in order."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Final

from portal.db import make_engine, transaction
from portal.domain.record_checks import Part
from portal.queries.placed_parts import placed_parts

AT_ONCE: Final = 32_768
"""Places a range. A process costs half a second to start: fewer places than some ranges are read by one alone."""
WORTH_IT: Final = 4 * AT_ONCE


def parts_by_many(
    url: str, places: int, *, at_once: int = AT_ONCE, processes: int | None = None
) -> Iterator[Part]:
    """All places below ``places`` in order; ``processes`` is by default how many processors there are.

    Each range is read in a transaction of its own: what is placed is never changed, so it is the same record.
    """
    ranges = iter(range(0, places, at_once))
    count = processes or len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:

        def begun(start: int) -> Future[list[Part]]:
            return pool.submit(_parts, url, start, min(start + at_once, places))

        # A few ranges ahead, so that nobody waits and the memory stays small.
        running = [begun(start) for start in islice(ranges, count + 2)]
        while running:
            yield from running.pop(0).result()
            running += [begun(start) for start in islice(ranges, 1)]


def _parts(url: str, start: int, end: int) -> list[Part]:
    engine = make_engine(url, pool_size=1)
    try:
        with transaction(engine, writes=False) as session:
            return list(placed_parts(session, start, end))
    finally:
        engine.dispose()
