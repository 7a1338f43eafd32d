"""How far a long run is, on standard error: a bar on a terminal, elsewhere a line for each tenth."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click

TENTHS: Final = 10
Line = Callable[[int, int], str]


@contextmanager
def shown_progress(length: int, *, label: str, line: Line) -> Iterator[Callable[[int], None]]:
    """Tell what is yielded how much more is done; ``line`` says how much of how much that is."""
    if sys.stderr.isatty():
        with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
            yield bar.update
    else:
        yield _Lines(length, line).update


class _Lines:
    def __init__(self, length: int, line: Line) -> None:
        self._length = length
        self._line = line
        self._done = 0

    def update(self, done: int) -> None:
        before, self._done = self._done, self._done + done
        if self._length and before * TENTHS // self._length != self._done * TENTHS // self._length:
            click.echo(self._line(self._done, self._length), err=True)
