"""How a worker says that it is alive, for ``portal doctor`` and whoever watches."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portal.clock import Clock
from portal.db import transaction
from portal.services.worker_beats import beat, leave

log = structlog.get_logger()


class Heart:
    """Of one worker process; ``jobs`` is how many pieces of work it did."""

    def __init__(self, engine: Engine, clock: Clock, *, every: timedelta) -> None:
        self.jobs = 0
        self._engine, self._clock, self._every = engine, clock, every
        self._started_at = clock.now()
        self._worker = f"{socket.gethostname()[:100]}:{os.getpid()}"

    def beat(self) -> None:
        now = self._clock.now()
        with transaction(self._engine) as session:
            beat(session, self._worker, started_at=self._started_at, jobs=self.jobs, now=now)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beats in a thread of its own while something is done that may take longer than from one beat to the next."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat_until, args=(over,), name="heart", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def stop(self) -> None:
        """Nobody is to miss it; a database that is away keeps nobody from stopping."""
        try:
            with transaction(self._engine) as session:
                leave(session, self._worker)
        except (SQLAlchemyError, TimeoutError) as error:
            log.warning("worker_left_unsaid", error=type(error).__name__)

    def _beat_until(self, over: threading.Event) -> None:
        while not over.wait(self._every.total_seconds()):
            try:
                self.beat()
            except (SQLAlchemyError, TimeoutError) as error:
                log.warning("worker_beat_unsaid", error=type(error).__name__)
