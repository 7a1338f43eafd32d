"""What processes that are gone counted, in a shared folder: added up in one file, so that the folder does not grow with each start.

Nothing is thrown away: a sum that falls would look like a start of everything at once. To be called before a process counts itself.
"""

import fcntl
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from prometheus_client.mmap_dict import MmapedDict

_NOTES: Final = "*_ended.note"


def fold_ended_counts(folder: Path) -> None:
    """Files of the living are left alone, and so is a folder that is not there."""
    if not folder.is_dir():
        return
    with counts_at_rest(folder, fcntl.LOCK_EX):
        for path in sorted(folder.glob("*_*.db")):
            kind, _, number = path.stem.rpartition("_")
            if not number.isdigit() or Path(f"/proc/{number}").exists():
                continue
            if kind in {"counter", "histogram"}:
                _add(path, folder / f"{kind}_ended.db")
            path.unlink(missing_ok=True)


@contextmanager
def counts_at_rest(folder: Path, how: int = fcntl.LOCK_SH) -> Iterator[None]:
    """Nobody adds files up while somebody reads them; what somebody was killed over is brought to its end first."""
    with (folder / "turn.lock").open("a") as turn:
        fcntl.flock(turn, how)
        if any(folder.glob(_NOTES)):
            fcntl.flock(turn, fcntl.LOCK_EX)
            for note in sorted(folder.glob(_NOTES)):
                _finish(note)
        yield


def _add(path: Path, to: Path) -> None:
    """Sums that can no longer be read begin anew, for nobody waits for them to start a server.

    The new sums take the place of the old in one step, and the file that they hold goes in another. A note beside them says which file it
    is and which sums are the new ones (a file keeps its number when it is renamed): whoever comes after a kill knows whether it is in.
    """
    sums: dict[str, float] = {}
    for each in (to, path):
        for key, value in _read(each):
            sums[key] = sums.get(key, 0.0) + value
    made = to.with_suffix(".new")
    made.unlink(missing_ok=True)
    kept: Any
    with closing(MmapedDict(str(made))) as kept:  # type: ignore[no-untyped-call]
        for key, value in sums.items():
            kept.write_value(key, value, 0.0)
    note, written = to.with_suffix(".note"), to.with_suffix(".writing")
    written.write_text(f"{made.stat().st_ino} {path.name}", encoding="ascii")
    written.replace(note)
    made.replace(to)
    _finish(note)


def _finish(note: Path) -> None:
    """Where the new sums are in place the file is in them, and goes; where they are not, nothing happened yet."""
    number, _, name = note.read_text(encoding="ascii").partition(" ")
    sums = note.with_suffix(".db")
    if sums.exists() and number == str(sums.stat().st_ino):
        (note.parent / name).unlink(missing_ok=True)
    note.unlink()


def _read(path: Path) -> Sequence[tuple[str, float]]:
    """What is no file of counts has none."""
    try:
        found = list(MmapedDict.read_all_values_from_file(str(path)))  # type: ignore[no-untyped-call]
    except (OSError, RuntimeError, ValueError, struct.error):
        return ()
    return [(key, value) for key, value, _, _ in found]
