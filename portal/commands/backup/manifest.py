"""What a backup says of itself: every file with its size and SHA-256, and what it was made of."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1
NAME: Final = "manifest.json"
_AT_ONCE: Final = 1 << 20


class BackupUnusableError(Exception):
    """A backup that cannot be trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """``path`` is relative to the backup."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``began_at``: everything that was acknowledged before is in it. ``kind`` is ``sqlite`` or ``postgresql``."""

    kind: str
    migration: str
    began_at: datetime
    finished_at: datetime
    has_keys: bool
    files: tuple[KeptFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def text(self) -> str:
        said = {"format": FORMAT, **asdict(self)}
        return json.dumps(said, default=_plain, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the file: written down elsewhere, it tells whether this is the backup that was made."""
        return sha256(self.text().encode()).hexdigest()

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Raises ``BackupUnusableError``."""
        try:
            said: Mapping[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
            if said["format"] != FORMAT:
                raise BackupUnusableError(f"{NAME}: format {said['format']}")
            return cls(
                kind=said["kind"],
                migration=said["migration"],
                began_at=datetime.fromisoformat(said["began_at"]),
                finished_at=datetime.fromisoformat(said["finished_at"]),
                has_keys=said["has_keys"],
                files=tuple(KeptFile(**each) for each in said["files"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackupUnusableError(f"{NAME}: {type(error).__name__}") from error


def files_in(folder: Path) -> tuple[KeptFile, ...]:
    """Every file but the manifest, in the order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / NAME)
    return tuple(
        KeptFile(path.relative_to(folder).as_posix(), path.stat().st_size, digest_of(path)) for path in paths
    )


def differences(manifest: Manifest, folder: Path) -> Iterator[tuple[str, str]]:
    """Each file that is not as it was written, and how: ``missing``, ``changed``, ``unknown``."""
    there = {file.path: file for file in files_in(folder)}
    for wanted in manifest.files:
        found = there.pop(wanted.path, None)
        if found is None:
            yield wanted.path, "missing"
        elif found != wanted:
            yield wanted.path, "changed"
    yield from ((path, "unknown") for path in there)


def digest_of(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def _plain(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
