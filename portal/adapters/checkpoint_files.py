"""The record's checkpoints outside the database: a folder, one signed note a file, never written over."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.adapters.record_keys import is_signed_by
from portal.config import Config
from portal.domain.checkpoints import Checkpoint
from portal.domain.signed_notes import NoteError, NoteKey, SignedNote


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that is no checkpoint of ours; ``reason`` is ``unreadable``, ``unsigned``, ``forged`` or ``foreign``."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """Files are named by the size that they sign for, 15 digits, so that their order is the record's."""

    folder: Path

    def keep(self, note: SignedNote, size: int) -> bool:
        """Write a new one to the disk; False where one of this size is kept already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{size:015d}.txt"
        fresh = path.with_suffix(f".{os.getpid()}.new")
        with fresh.open("w", encoding="utf-8", newline="") as file:
            file.write(str(note))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return False
        finally:
            fresh.unlink()
        return True

    def latest(self) -> str | None:
        """The newest note as it was written."""
        paths = self._paths()
        return paths[-1].read_text(encoding="utf-8") if paths else None

    def first_covering(self, size: int) -> str | None:
        """The oldest note that signs for at least so many places."""
        covering = (path for path in self._paths() if int(path.stem) >= size)
        found = next(covering, None)
        return None if found is None else found.read_text(encoding="utf-8")

    def read(self, keys: Sequence[NoteKey]) -> Iterator[Checkpoint | Unusable]:
        """Each file in order: what it says where one of the keys signed it, else why it is not to be used."""
        for path in self._paths():
            try:
                note = SignedNote.parse(path.read_text(encoding="utf-8"))
                names = {key.name for key in note.signers(keys, is_signed_by)}
                checkpoint = Checkpoint.parse(note.text)
            except NoteError as error:
                yield Unusable(path.name, str(error))
            except (OSError, UnicodeDecodeError):
                yield Unusable(path.name, "unreadable")
            else:
                is_ours = checkpoint.origin in names and checkpoint.size == int(path.stem)
                yield checkpoint if is_ours else Unusable(path.name, "foreign")

    def _paths(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.txt") if path.stem.isdigit())


def checkpoint_folder(config: Config) -> CheckpointFolder:
    """Where this deployment keeps its checkpoints; copy it elsewhere as often as it changes."""
    return CheckpointFolder(config.data_dir / "checkpoints")
