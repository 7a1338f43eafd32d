"""What is examined: the settings, the machine and the database of one installation."""

import locale
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from portal.clock import Clock
from portal.config import Config


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks ask of the machine. ``free`` and ``total`` are bytes where the data lies."""

    environ: Mapping[str, str]
    encoding: str
    file_names: str
    free: int
    total: int


def this_machine(folder: Path) -> Machine:
    """As it is now; the folder need not be there yet."""
    there = next(each for each in (folder, *folder.resolve().parents) if each.exists())
    disk = shutil.disk_usage(there)
    return Machine(
        os.environ, locale.getpreferredencoding(False), sys.getfilesystemencoding(), disk.free, disk.total
    )


@dataclass(frozen=True, slots=True)
class Patient:
    """``now`` and ``today`` are the business's, with a fixed date where one is set; ``clock`` is the machine's."""

    config: Config
    engine: Engine
    machine: Machine
    now: datetime
    today: date
    clock: Clock

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.timezone)

    @property
    def is_trial(self) -> bool:
        """A demo or a test, from which nobody expects what a real installation has to have."""
        return self.config.demo or self.config.testing


def patient_of(config: Config, engine: Engine) -> Patient:
    zone = ZoneInfo(config.timezone)
    clock = Clock(zone, config.business_date)
    return Patient(config, engine, this_machine(config.data_dir), clock.now(), clock.today(), Clock(zone))
