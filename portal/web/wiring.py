"""What ``create_app`` puts together and every request may ask for."""

from dataclasses import dataclass

from sqlalchemy import Engine

from portal.clock import Clock
from portal.config import Config
from portal.services.ports import BusinessTexts, FileCleaner, FileSafe, Passwords, TimeCodes


@dataclass(frozen=True, slots=True)
class Portal:
    """The parts of one running app."""

    config: Config
    clock: Clock
    engine: Engine
    texts: BusinessTexts
    passwords: Passwords
    time_codes: TimeCodes
    cleaner: FileCleaner
    safe: FileSafe
