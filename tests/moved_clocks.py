"""Another time of day for a whole process: the portal reads the clock in one place, and here it reads one that is ahead."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import portal.clock

AHEAD: Final = "PORTAL_TESTS_CLOCK_AHEAD"
"""Seconds, in the environment: whoever is started with it moves its clock (``move_as_told``)."""

_SITE: Final = Path(__file__).with_name("moved_site")
_ROOT: Final = Path(__file__).resolve().parent.parent


def is_moved() -> bool:
    return AHEAD in os.environ


def moved_environment() -> Mapping[str, str]:
    """For a program that is started, and for all that it starts."""
    return {AHEAD: os.environ[AHEAD], "PYTHONPATH": f"{_SITE}{os.pathsep}{_ROOT}"}


def move_as_told() -> None:
    if is_moved():
        ahead = timedelta(seconds=float(os.environ[AHEAD]))

        class _Ahead:
            combine = datetime.combine

            @staticmethod
            def now(zone: ZoneInfo) -> datetime:
                return datetime.now(zone) + ahead

        vars(portal.clock)["datetime"] = _Ahead


def move(to: datetime) -> None:
    """This process and those that it starts: ``to`` is now, and time goes on from there."""
    os.environ[AHEAD] = str((to - datetime.now(to.tzinfo)).total_seconds())
    move_as_told()
