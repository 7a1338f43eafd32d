"""Where a process is, looked at every few milliseconds of its processor time: a profile that makes no call dearer than it is.

Python looks between two of its own steps. A look counts for the time since the one before, so a long step of a library weighs what it took;
it is told of the function that called it, or of the next.
"""

import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType, TracebackType
from typing import Final, Self

EVERY: Final = 0.001
"""Seconds of processor time; the kernel's clock often makes four milliseconds of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """``within`` and ``own`` are shares of everything, 0 to 1: with all that it calls (so lines overlap), and without."""

    within: float
    own: float
    code: CodeType


@dataclass
class Samples:
    """Looks while it is entered, in the main thread; ``every`` and what is found are seconds of processor time, ``spent`` says how many
    there were so far.
    """

    every: float = EVERY
    spent: Callable[[], float] = time.process_time
    seconds: float = 0.0
    within: defaultdict[CodeType, float] = field(default_factory=lambda: defaultdict(float))
    own: defaultdict[CodeType, float] = field(default_factory=lambda: defaultdict(float))

    def __enter__(self) -> Self:
        self._looked = self.spent()
        self._before = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, self.every, self.every)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, self._before)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        now = self.spent()
        took, self._looked = now - self._looked, now
        self.seconds += took
        self.own[frame.f_code] += took
        for code in {each.f_code for each in _frames(frame)}:
            self.within[code] += took

    def lines(self, least: float = 0.0) -> list[Line]:
        """Those that take the share ``least`` of everything or more, the largest first."""
        lines = [
            Line(within / self.seconds, self.own.get(code, 0.0) / self.seconds, code)
            for code, within in self.within.items()
        ]
        return sorted((line for line in lines if line.within >= least), key=lambda line: -line.within)


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
