"""Checkpoints on a disk that is full: nothing is there by half, and the next one is kept as if nothing had been."""

import os
import resource
from collections.abc import Callable
from pathlib import Path

from portal.adapters.checkpoint_files import CheckpointFolder

ROOM = 100
"""Bytes that a file may have in the process for which the disk is full."""
SHORT, LONG = "a note\n", "a note\n" * 50


def with_no_room(act: Callable[[], object]) -> bool:
    """Whether it failed for want of room, in a process of its own: the limit cannot be taken back."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))
        try:
            act()
        except OSError:
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3


def test_a_checkpoint_that_does_not_fit_is_not_there(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "checkpoints")
    folder.keep(SHORT, 1)
    assert with_no_room(lambda: folder.keep(LONG, 2))
    assert list(folder.sizes()) == [1]
    assert folder.latest() == SHORT
    assert sorted(path.name for path in folder.folder.iterdir()) == [f"{1:015d}.txt", "newest"]
    assert folder.keep(LONG, 2)
    assert folder.latest() == LONG


def test_a_time_stamp_that_does_not_fit_is_not_there(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path / "checkpoints")
    folder.keep(SHORT, 1)
    assert with_no_room(lambda: folder.keep_stamp(1, b"a stamp" * 50))
    assert list(folder.stamped()) == []
    assert list((folder.folder / "stamps").iterdir()) == []
    assert folder.keep_stamp(1, b"a stamp" * 50)
