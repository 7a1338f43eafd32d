"""Another time of day for processes that stand together: the portal reads the clock in one place, and here it reads one that is ahead."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import portal.clock

AHEAD: Final = "PORTAL_TESTS_CLOCK_AHEAD"
"""In the environment: a file with the seconds by which whoever is started with it is ahead (``move_as_told``)."""

_SITE: Final = Path(__file__).with_name("moved_site")
_ROOT: Final = Path(__file__).resolve().parent.parent


def is_moved() -> bool:
    return AHEAD in os.environ


def moved_environment() -> Mapping[str, str]:
    """For a program that is started, and for all that it starts."""
    return {AHEAD: os.environ[AHEAD], "PYTHONPATH": f"{_SITE}{os.pathsep}{_ROOT}"}


def move_as_told() -> None:
    if is_moved():
        told = Path(os.environ[AHEAD])

        class _Ahead:
            combine = datetime.combine

            @staticmethod
            def now(zone: ZoneInfo) -> datetime:
                return datetime.now(zone) + timedelta(seconds=float(told.read_text("ascii")))

        vars(portal.clock)["datetime"] = _Ahead


def move(to: datetime, told: Path) -> None:
    """``to`` is now, and time goes on from there: in this process, in those that it starts from here on, and in those that were started
    with the same file before.
    """
    ahead = (to - datetime.now(to.tzinfo)).total_seconds()
    # All read it at any time: it is there whole, or as it was.
    fresh = told.with_name(f"{told.name}.new")
    fresh.write_text(str(ahead), "ascii")
    fresh.replace(told)
    os.environ[AHEAD] = str(told)
    move_as_told()
