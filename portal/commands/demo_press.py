"""Who does the outbox's work while the demo is made.

Drawing documents takes four fifths of the time, so they are drawn beside the story by processes of their own, each by the real handler
and by the clock of the moment in which the work was due.
"""

import gc
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from portal.commands.demo_clock import DemoClock
from portal.commands.policy_replays import REPLAY
from portal.commands.sending import MESSAGES
from portal.commands.work import HANDLERS, Job, Workshop, run_until_empty
from portal.commands.worker import build_workshop
from portal.config import Config
from portal.db import make_engine, transaction
from portal.services import outbox

_MOST_PROCESSES: Final = 4
_BEFORE: Final = datetime(2026, 1, 2, tzinfo=UTC)
"""A day on which the packaged texts hold; each piece of work sets the clock to its own moment."""


class Press(Protocol):
    def work(self, shop: Workshop) -> None:
        """Take up what is due; documents may come later."""
        ...

    def wait(self, kind: str = "") -> None:
        """Until everything taken up, or everything of a kind, is there; raises what went wrong."""
        ...


class InTurn:
    """Everything in this process, one after the other."""

    def work(self, shop: Workshop) -> None:
        run_until_empty(shop, HANDLERS)

    def wait(self, kind: str = "") -> None:
        """Nothing is ever left over."""


class Beside:
    """Messages here, each in its turn, for a rule may put one off, and replays, which the story waits for; documents in the processes
    of ``pool``.
    """

    def __init__(self, config: Config, pool: ProcessPoolExecutor) -> None:
        self._config = config
        self._pool = pool
        self._drawn: dict[int, tuple[str, Future[None]]] = {}

    def work(self, shop: Workshop) -> None:
        while (job := _claimed(shop)) is not None:
            if job.kind in MESSAGES or job.kind == REPLAY:
                _do(shop, job)
            elif job.id not in self._drawn:  # the clock moves fast: a lease may be over before the work is
                drawn = self._pool.submit(_draw, self._config, job, shop.clock.now())
                self._drawn[job.id] = job.kind, drawn

    def wait(self, kind: str = "") -> None:
        for kind_of, drawn in self._drawn.values():
            if kind in {"", kind_of}:
                drawn.result()


@contextmanager
def processes_beside(config: Config) -> Iterator[Press]:
    """Processes that load what draws documents while the story begins. No connection may be open when they are forked off."""
    count = min(_MOST_PROCESSES, os.cpu_count() or 1)
    with ProcessPoolExecutor(count, mp_context=get_context("fork")) as pool:
        for _ in range(count):
            pool.submit(_shop, config)
        yield Beside(config, pool)


def _claimed(shop: Workshop) -> Job | None:
    with transaction(shop.engine) as session:
        item = outbox.claim_due(session, now=shop.clock.now())
        return None if item is None else Job(item.id, item.kind, dict(item.payload), item.attempts)


def _draw(config: Config, job: Job, at: datetime) -> None:
    shop = _shop(config)
    assert isinstance(shop.clock, DemoClock)
    shop.clock.set(at)
    _do(shop, job)


def _do(shop: Workshop, job: Job) -> None:
    HANDLERS[job.kind](shop, job)
    with transaction(shop.engine) as session:
        outbox.mark_done(session, job.id, now=shop.clock.now())


@cache
def _shop(config: Config) -> Workshop:
    """What this process works with."""
    # Documents are made of very many small things: looking for lost ones among them costs a seventh of the time.
    gc.set_threshold(200_000)
    from portal.adapters.pdf import renderer  # noqa: F401, PLC0415 - loaded now, while nobody waits for it

    zone = ZoneInfo(config.timezone)
    engine = make_engine(config.database_url, pool_size=1)
    return build_workshop(config, engine=engine, clock=DemoClock(zone, _BEFORE))
