"""What processes that are gone counted, in a shared folder: added up in one file, so that the folder does not grow with each start.

Nothing is thrown away: a sum that falls would look like a start of everything at once. To be called before a process counts itself.
"""

import fcntl
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict


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
    """Nobody adds files up while somebody reads them."""
    with (folder / "turn.lock").open("a") as turn:
        fcntl.flock(turn, how)
        yield


def _add(path: Path, to: Path) -> None:
    """What is no file of counts has none; sums that can no longer be read begin anew, for nobody waits for them to start a server."""
    found = _read(path)
    if found is None:
        return
    if to.exists() and _read(to) is None:
        to.unlink()
    sums: Any
    with closing(MmapedDict(str(to))) as sums:  # type: ignore[no-untyped-call]
        for key, value, _, _ in found:
            sums.write_value(key, sums.read_value(key)[0] + value, 0.0)


def _read(path: Path) -> Sequence[Any] | None:
    try:
        return list(MmapedDict.read_all_values_from_file(str(path)))  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, struct.error):
        return None
