"""Writers that die, or whose database does, and what they were told was kept: each line of the file is an acknowledged write."""

import os
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.db import make_engine, transaction
from portal.domain.permissions import SYSTEM
from portal.models import Event
from portal.services.record import record
from tests.people import NOW

_PATIENCE: Final = 300


def write_until_killed(url: str, file: str, name: str, options: str = "") -> None:
    """One event a transaction; its number is written down after the commit, in one write that outlives the process.

    ``options`` are PostgreSQL's, for breaking a promise on purpose.
    """
    engine = make_engine(f"{url}&options={options}" if options else url, pool_size=1)
    told = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    number = 0
    while True:
        number += 1
        line = f"{name}-{number}"
        try:
            with transaction(engine) as session:
                record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=line)
        except DBAPIError:
            sleep(0.05)
            continue
        os.write(told, f"{line}\n".encode())


class Writers:
    """``count`` processes over one database; ``kill`` ends them all, ``start`` begins with new ones."""

    def __init__(self, url: str, file: Path, count: int, *, options: str = "") -> None:
        self._url, self._file, self._count, self._options = url, file, count, options
        self._round = 0
        self._alive: Sequence[BaseProcess] = []

    def start(self) -> None:
        self._round += 1
        context = get_context("forkserver")
        self._alive = [
            context.Process(
                target=write_until_killed,
                args=(self._url, str(self._file), f"{self._round}.{place}", self._options),
                daemon=True,
            )
            for place in range(self._count)
        ]
        for each in self._alive:
            each.start()

    def kill(self) -> None:
        for each in self._alive:
            each.kill()
        for each in self._alive:
            each.join()

    def acknowledged(self) -> Sequence[str]:
        if not self._file.exists():
            return []
        text = self._file.read_text()
        return text[: text.rfind("\n") + 1].split()

    def wait_for(self, count: int) -> None:
        """Until so many are acknowledged."""
        limit = monotonic() + _PATIENCE
        while len(self.acknowledged()) < count:
            if monotonic() > limit:
                raise RuntimeError(f"only {len(self.acknowledged())} of {count} writes were acknowledged")
            sleep(0.02)

    def lost(self) -> set[str]:
        """Acknowledged, and not there."""
        engine = make_engine(self._url)
        with transaction(engine, writes=False) as session:
            kept = session.scalars(select(Event.fields).where(Event.name == "calendar:published"))
            there = {str(each["calendar_version"]) for each in kept}
        engine.dispose()
        return set(self.acknowledged()) - there
