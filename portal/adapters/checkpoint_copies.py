"""Checkpoints in several places: the one that is read, and copies, best where nobody who owns the database can write.

A copy that cannot be reached holds nothing up: it is told, and gets what it lacks when it is back.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import structlog

from portal.adapters.checkpoint_files import CheckpointFolder
from portal.config import Config
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.record_keys import TrustedKey
from portal.services.ports import CheckpointStore

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CopiedCheckpoints:
    """Reads ``main``; writes there first, then each of the copies."""

    main: CheckpointStore
    copies: Sequence[CheckpointFolder]

    def turn(self) -> AbstractContextManager[None]:
        return self.main.turn()

    def keep(self, note: str, size: int) -> bool:
        is_new = self.main.keep(note, size)
        for copy in self.copies:
            try:
                copy.keep(note, size)
            except OSError as error:
                log.error("checkpoint_copy_failed", folder=str(copy.folder), error=type(error).__name__)  # noqa: TRY400 - a full disk is no fault of the code
        return is_new

    def keep_stamp(self, size: int, stamp: bytes) -> bool:
        is_new = self.main.keep_stamp(size, stamp)
        for copy in self.copies:
            try:
                copy.keep_stamp(size, stamp)
            except OSError as error:
                log.error("checkpoint_copy_failed", folder=str(copy.folder), error=type(error).__name__)  # noqa: TRY400
        return is_new

    def read(self, keys: Sequence[TrustedKey]) -> Iterator[Checkpoint | Unusable]:
        """What ``main`` holds, then each note that a copy has otherwise or that is gone from ``main``. Copies get what they lack."""
        yield from self.main.read(keys)
        for copy in self.copies:
            try:
                yield from self._compared(copy)
            except OSError as error:
                log.error("checkpoint_copy_failed", folder=str(copy.folder), error=type(error).__name__)  # noqa: TRY400

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

    def _compared(self, copy: CheckpointFolder) -> Iterator[Unusable]:
        mine, theirs = set(self.main.sizes()), set(copy.sizes())
        for size in sorted(mine | theirs):
            note = self.main.note(size)
            if note is None:
                yield Unusable(f"{size:015d}.txt", "missing")
            elif size not in theirs:
                copy.keep(note, size)
            elif copy.note(size) != note:
                yield Unusable(str(copy.folder / f"{size:015d}.txt"), "differs")


def checkpoint_store(config: Config) -> CheckpointStore:
    """Where this deployment keeps its checkpoints."""
    main = CheckpointFolder(config.data_dir / "checkpoints")
    copies = [CheckpointFolder(Path(folder)) for folder in config.checkpoint_copies]
    return CopiedCheckpoints(main, copies) if copies else main
