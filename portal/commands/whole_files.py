"""Files that commands write: the old one stays until all of the new one is there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import IO

import click


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """What is written takes the place of ``path`` at the end, readable by its owner alone; whatever fails leaves no trace and the old
    file as it was. ``-`` is standard output, which gets everything as it comes, and so do pipes and devices.

    Raises ``click.FileError`` where nothing can be written there.
    """
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    try:
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
