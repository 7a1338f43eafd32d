"""What ``create_app`` puts together and every request may ask for."""

from dataclasses import dataclass

from sqlalchemy import Engine

from portal.clock import Clock
from portal.config import Config
from portal.services.ports import BusinessTexts, FileCleaner, Passwords, SecurityKeys, TimeCodes


@dataclass(frozen=True, slots=True)
class Portal:
    """The parts of one running app."""

    config: Config
    clock: Clock
    engine: Engine
    texts: BusinessTexts
    passwords: Passwords
    time_codes: TimeCodes
    security_keys: SecurityKeys
    cleaner: FileCleaner
