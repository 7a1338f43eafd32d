"""How a worker says that it is alive, for ``portal doctor`` and whoever watches."""

import os
import socket
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portal.db import transaction
from portal.services.worker_beats import beat, leave

log = structlog.get_logger()


class Heart:
    """Of one worker process; ``jobs`` is how many pieces of work it did."""

    def __init__(self, engine: Engine, *, started_at: datetime) -> None:
        self.jobs = 0
        self._engine, self._started_at = engine, started_at
        self._worker = f"{socket.gethostname()[:100]}:{os.getpid()}"

    def beat(self, now: datetime) -> None:
        with transaction(self._engine) as session:
            beat(session, self._worker, started_at=self._started_at, jobs=self.jobs, now=now)

    def stop(self) -> None:
        """Nobody is to miss it; a database that is away keeps nobody from stopping."""
        try:
            with transaction(self._engine) as session:
                leave(session, self._worker)
        except (SQLAlchemyError, TimeoutError) as error:
            log.warning("worker_left_unsaid", error=type(error).__name__)
