"""Checkpoints in several places: the one that is read, and copies, best where nobody who owns the database can write.

A copy that cannot be reached holds nothing up: it is told, and gets what it lacks when it is back.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from portal.adapters.checkpoint_buckets import CheckpointBucket
from portal.adapters.checkpoint_files import CheckpointFolder
from portal.config import Config
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.record_keys import TrustedKey
from portal.services.ports import CheckpointStore

log = structlog.get_logger()


class CheckpointCopy(Protocol):
    """A place that gets what ``main`` has. Raises ``OSError`` where it cannot be reached."""

    @property
    def name(self) -> str: ...

    def keep(self, note: str, size: int) -> bool: ...

    def keep_stamp(self, size: int, stamp: bytes) -> bool: ...

    def has(self, note: str, size: int) -> bool:
        """Whether this very note is kept there under its size."""
        ...

    def sizes(self) -> Sequence[int]: ...

    def set_aside(self, above: int) -> int: ...


@dataclass(frozen=True, slots=True)
class CopiedCheckpoints:
    """Reads ``main``; writes there first, then each of the copies."""

    main: CheckpointStore
    copies: Sequence[CheckpointCopy]

    def turn(self) -> AbstractContextManager[None]:
        return self.main.turn()

    def keep(self, note: str, size: int) -> bool:
        is_new = self.main.keep(note, size)
        for copy in self.copies:
            try:
                copy.keep(note, size)
            except OSError as error:
                log.error("checkpoint_copy_failed", copy=copy.name, error=type(error).__name__)  # noqa: TRY400 - a full disk is no fault of the code
        return is_new

    def keep_stamp(self, size: int, stamp: bytes) -> bool:
        is_new = self.main.keep_stamp(size, stamp)
        for copy in self.copies:
            try:
                copy.keep_stamp(size, stamp)
            except OSError as error:
                log.error("checkpoint_copy_failed", copy=copy.name, error=type(error).__name__)  # noqa: TRY400
        return is_new

    def read(self, keys: Sequence[TrustedKey]) -> Iterator[Checkpoint | Unusable]:
        """What ``main`` holds, then each note that a copy has otherwise or that is gone from ``main``. Copies get what they lack."""
        yield from self.main.read(keys)
        for copy in self.copies:
            try:
                yield from self._compared(copy)
            except OSError as error:
                log.error("checkpoint_copy_failed", copy=copy.name, error=type(error).__name__)  # noqa: TRY400

    def repeat_newest(self) -> None:
        self.main.repeat_newest()

    def latest(self) -> str | None:
        return self.main.latest()

    def note(self, size: int) -> str | None:
        return self.main.note(size)

    def sizes(self) -> Sequence[int]:
        return self.main.sizes()

    def first_covering(self, size: int) -> str | None:
        return self.main.first_covering(size)

    def set_aside(self, above: int) -> int:
        for copy in self.copies:
            copy.set_aside(above)
        return self.main.set_aside(above)

    def stamp(self, size: int) -> bytes | None:
        return self.main.stamp(size)

    def stamped(self) -> Sequence[int]:
        return self.main.stamped()

    def say_broken(self, why: str | None) -> None:
        self.main.say_broken(why)

    def broken(self) -> str | None:
        return self.main.broken()

    def _compared(self, copy: CheckpointCopy) -> Iterator[Unusable]:
        mine, theirs = set(self.main.sizes()), set(copy.sizes())
        for size in sorted(mine | theirs):
            note = self.main.note(size)
            if note is None:
                yield Unusable(f"{size:015d}.txt", "missing")
            elif size not in theirs:
                copy.keep(note, size)
            elif not copy.has(note, size):
                yield Unusable(f"{copy.name}/{size:015d}.txt", "differs")


def checkpoint_store(config: Config) -> CheckpointStore:
    """Where this deployment keeps its checkpoints."""
    main = CheckpointFolder(config.data_dir / "checkpoints")
    copies: list[CheckpointCopy] = [CheckpointFolder(Path(folder)) for folder in config.checkpoint_copies]
    if config.checkpoint_bucket:
        copies.append(CheckpointBucket(config.checkpoint_bucket))
    return CopiedCheckpoints(main, copies) if copies else main
