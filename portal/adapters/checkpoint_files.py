"""The record's checkpoints outside the database: a folder, one signed note a file, never written over.

``newest`` in it repeats the newest note, so that nobody who asks for it goes through them all; ``stamps`` holds what a time stamping
authority said of some; ``broken`` lies there while a keeper has found the record to be another than was signed for.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from portal.adapters.record_keys import is_signed_by
from portal.domain.checkpoints import Checkpoint, Unusable
from portal.domain.record_keys import TrustedKey, read_checkpoint
from portal.domain.signed_notes import NoteError, SignedNote
from portal.failpoints import Point, reached

NEWEST = "newest"
BROKEN = "broken"
STAMPS = "stamps"
SET_ASIDE = "set-aside"


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """Files are named by the size that they sign for, 15 digits, so that their order is the record's."""

    folder: Path

    @property
    def name(self) -> str:
        """What it is called where people read it."""
        return str(self.folder)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One process at a time signs, or changes the key that signs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".turn").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def keep(self, note: str, size: int) -> bool:
        """Write a new one to the disk; False where one of this size is kept already."""
        is_new = self._write_once(self._path(size), note.encode())
        if is_new:
            reached(Point.CHECKPOINT)
            self._point_to(note)
        return is_new

    def repeat_newest(self) -> None:
        """Let ``newest`` tell of the largest note there is: whoever kept that may have died before saying so."""
        with self.turn():
            largest = max(self.sizes(), default=0)
            told = _size_or_none(self.latest() or "")
            if largest > (told or 0):
                self._point_to(self.note(largest) or "")

    def latest(self) -> str | None:
        """The newest note as it was written."""
        with suppress(FileNotFoundError):
            return (self.folder / NEWEST).read_text(encoding="utf-8")
        return None

    def note(self, size: int) -> str | None:
        """The note that signs for exactly so many places."""
        with suppress(FileNotFoundError):
            return self._path(size).read_text(encoding="utf-8")
        return None

    def has(self, note: str, size: int) -> bool:
        """Whether this very note is kept under its size."""
        return self.note(size) == note

    def sizes(self) -> Sequence[int]:
        """What the notes sign for, the smallest first: by their names alone."""
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            return sorted(int(each.name[:-4]) for each in entries if is_note(each.name))
        return ()

    def first_covering(self, size: int) -> str | None:
        """The oldest note that signs for at least so many places."""
        found = next((each for each in self.sizes() if each >= size), None)
        return None if found is None else self.note(found)

    def read(self, keys: Sequence[TrustedKey]) -> Iterator[Checkpoint | Unusable]:
        """Each file in order: what it says where one of the keys signed it, else why it is not to be used.

        Where ``newest`` tells of a larger one than there are, that one is missing.
        """
        sizes = self.sizes()
        for size in sizes:
            yield _checked(self._path(size), size, keys)
        with suppress(NoteError):
            if (newest := _size_of(self.latest() or "")) > max(sizes, default=0):
                yield Unusable(self._path(newest).name, "missing")

    def set_aside(self, above: int) -> int:
        """Put away what was signed for more than so many places: it is believed no more, and is kept. How many there were."""
        away, gone = self.folder / SET_ASIDE, [size for size in self.sizes() if size > above]
        away.mkdir(exist_ok=True)
        for size in gone:
            self._path(size).replace(away / self._path(size).name)
        if gone:
            (self.folder / NEWEST).unlink(missing_ok=True)
            remaining = self.sizes()
            if remaining:
                self._point_to(self.note(remaining[-1]) or "")
        return len(gone)

    def keep_stamp(self, size: int, stamp: bytes) -> bool:
        """A time stamp (DER) of the note of that size; False where it has one."""
        (self.folder / STAMPS).mkdir(parents=True, exist_ok=True)
        return self._write_once(self._stamp(size), stamp)

    def stamp(self, size: int) -> bytes | None:
        with suppress(FileNotFoundError):
            return self._stamp(size).read_bytes()
        return None

    def stamped(self) -> Sequence[int]:
        """The sizes of the notes that have a time stamp, the smallest first."""
        return sorted(int(path.stem) for path in (self.folder / STAMPS).glob("*.tst") if path.stem.isdigit())

    def say_broken(self, why: str | None) -> None:
        """Leave a word that the record is not what was signed for; None takes it back."""
        path = self.folder / BROKEN
        if why is None:
            path.unlink(missing_ok=True)
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{why}\n", encoding="utf-8")

    def broken(self) -> str | None:
        with suppress(FileNotFoundError):
            return (self.folder / BROKEN).read_text(encoding="utf-8").strip()
        return None

    def _path(self, size: int) -> Path:
        return self.folder / f"{size:015d}.txt"

    def _stamp(self, size: int) -> Path:
        return self.folder / STAMPS / f"{size:015d}.tst"

    def _point_to(self, note: str) -> None:
        fresh = self.folder / f".{NEWEST}.{os.getpid()}"
        fresh.write_text(note, encoding="utf-8", newline="")
        fresh.replace(self.folder / NEWEST)

    def _write_once(self, path: Path, body: bytes) -> bool:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}.new")
        try:
            with fresh.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, path)
        except FileExistsError:
            return False
        finally:
            fresh.unlink(missing_ok=True)
        return True


def is_note(name: str) -> bool:
    """Whether a file of this name holds a note."""
    return len(name) == 19 and name.endswith(".txt") and name[:15].isdigit()


def _size_or_none(note: str) -> int | None:
    with suppress(NoteError):
        return _size_of(note)
    return None


def _size_of(note: str) -> int:
    return Checkpoint.parse(SignedNote.parse(note).text).size


def _checked(path: Path, size: int, keys: Sequence[TrustedKey]) -> Checkpoint | Unusable:
    try:
        checkpoint = read_checkpoint(path.read_text(encoding="utf-8"), keys, is_signed_by)
    except NoteError as error:
        return Unusable(path.name, str(error))
    except (OSError, UnicodeDecodeError):
        return Unusable(path.name, "unreadable")
    return checkpoint if checkpoint.size == size else Unusable(path.name, "foreign")
