"""Whether this machine is quiet enough for a figure to mean something."""

import time
from pathlib import Path
from typing import Final

MOST_PRESSURE: Final = 40.0
"""Per cent of the last ten seconds in which something waited for a processor."""
_PRESSURE: Final = Path("/proc/pressure/cpu")


class BusyMachineError(Exception):
    pass


def pressure(file: Path = _PRESSURE) -> float | None:
    """The processors' ``avg10``; None where the kernel does not tell."""
    try:
        first = file.read_text().splitlines()[0]
    except OSError:
        return None
    return float(first.split("avg10=")[1].split()[0])


def refuse_busy(*, patience: float = 60, file: Path = _PRESSURE) -> None:
    """Wait for the machine to calm down after what ran before; raises ``BusyMachineError`` where it does not."""
    limit = time.monotonic() + patience
    while (found := pressure(file)) is not None and found > MOST_PRESSURE:
        if time.monotonic() >= limit:
            raise BusyMachineError(
                f"other work keeps the processors busy (pressure {found:.0f} %, at most {MOST_PRESSURE:.0f} %):"
                " no figure of now would mean anything; --busy tries all the same"
            )
        time.sleep(min(2.0, patience))
