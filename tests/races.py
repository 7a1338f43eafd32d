"""Several at once, each in a thread and a transaction of its own, and what became of them."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.errors import DomainError
from tests.databases import Database

AT_ONCE = 8
Act = Callable[[Session, int], object]


def at_once(database: Database, act: Act) -> Counter[str]:
    """What became of it: ``done``, or the code of the refusal. ``act`` gets the session and its number, 0 to 7."""
    start = Barrier(AT_ONCE)

    def run(number: int) -> str:
        start.wait()
        try:
            with transaction(database.engine) as session:
                act(session, number)
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(run, range(AT_ONCE)))


def two_before_either_commits(database: Database, act: Act) -> list[str]:
    """What became of both, sorted: neither commits before the other has done its work too, where no lock keeps the other from it."""
    worked = Barrier(2)

    def run(number: int) -> str:
        try:
            with transaction(database.engine) as session:
                act(session, number)
                with suppress(BrokenBarrierError):
                    worked.wait(1)
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(run, range(2)))


def two_that_hold_a_lock_each(
    database: Database, *pairs: tuple[Callable[[Session], Any], Callable[[Session, Any], object]]
) -> list[str]:
    """Pairs of what locks and what is done with what was locked; what became of both, in their order.

    Each takes its own lock, and acts once the other has one too, or waits for this one's.
    """
    locked = Barrier(2)

    def run(number: int) -> str:
        lock, act = pairs[number]
        try:
            with transaction(database.engine) as session:
                found = lock(session)
                with suppress(BrokenBarrierError):
                    locked.wait(1)
                act(session, found)
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def count(database: Database, *conditions: object) -> int:
    with transaction(database.engine, writes=False) as session:
        return session.scalar(select(func.count()).where(*conditions)) or 0  # type: ignore[arg-type]
