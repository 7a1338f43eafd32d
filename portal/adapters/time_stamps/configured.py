"""The time stamps of this deployment: an authority by its address, the stand-in in demo and tests, or none."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from portal.adapters.certificate_files import load_trust
from portal.adapters.time_stamps.authority import HttpTimeStamper
from portal.adapters.time_stamps.stand_in import StandInTimeStamper
from portal.adapters.time_stamps.stand_in_keys import load_stand_in_keys, make_stand_in_keys
from portal.clock import Clock
from portal.config import Config
from portal.domain.errors import DomainError
from portal.services.ports import TimeStamper


def time_stamper(config: Config, clock: Clock) -> TimeStamper | None:
    """None where no authority is configured: nothing is stamped then, and no document says that it was.

    Raises ``time_stamp_trust_unusable`` where the certificates of a configured one cannot be read.
    """
    if config.time_stamp_url:
        return HttpTimeStamper(config.time_stamp_url, time_stamp_trust(config))
    if not (config.demo or config.testing):
        return None
    return open_stand_in(_stand_in_path(config), clock)[0]


def open_stand_in(path: Path, clock: Clock) -> tuple[StandInTimeStamper, bytes]:
    """The stand-in whose keys lie at the path, made where there are none, and the root (DER) that it leads to."""
    if not path.exists():
        with suppress(DomainError):
            make_stand_in_keys(path)
    keys = load_stand_in_keys(path)
    return StandInTimeStamper(keys, clock.now), keys.root


def time_stamp_trust(config: Config) -> Sequence[bytes]:
    """The certificates (DER) that time stamps are checked against, past authorities' included; none where there are none."""
    if config.time_stamp_trust is not None:
        return load_trust(config.time_stamp_trust, unusable="time_stamp_trust_unusable")
    path = _stand_in_path(config)
    if (config.demo or config.testing) and path.exists():
        return (load_stand_in_keys(path).root,)
    return ()


def _stand_in_path(config: Config) -> Path:
    return config.data_dir / "time-stamps.pem"
