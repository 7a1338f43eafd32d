"""Staff passwords by argon2id: 19 MiB, two passes, one lane (OWASP's floor), and a cap on how many run at once."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.adapters.password_hashes import PasswordHashes
from portal.domain.passwords import LONGEST
from portal.services.ports import TooManyHashings

AT_ONCE: Final = 1
"""Each takes 19 MiB and a core for some 30 ms: more at a time would only slow everybody down, pages first of all."""
IN_LINE: Final = 1
"""How many more may wait for a comparison: each holds a thread of the server, which has four, and pages need the others."""
LONGEST_WAIT_SECONDS: Final = 5.0
_COMMON = Path(__file__).with_name("common_passwords.txt")
_COMMON_HASHES: Final = PasswordHashes(Path(__file__).with_name("common_passwords.sha1"))
"""Those of 15 characters and more among the million commonest of a public list: as hashes, for some name people."""
log = structlog.get_logger()


class Argon2Passwords:
    """One of it a process: the cap is its own."""

    def __init__(
        self,
        *,
        breached: Path | None = None,
        at_once: int = AT_ONCE,
        in_line: int = IN_LINE,
        longest_wait: float = LONGEST_WAIT_SECONDS,
    ) -> None:
        """``breached``: a file of passwords known from breaches (``password_hashes``)."""
        self._hasher = _hasher()
        self._line = threading.BoundedSemaphore(at_once + in_line)
        self._turns = threading.BoundedSemaphore(at_once)
        self._longest_wait = longest_wait
        self._breached = PasswordHashes(breached) if breached else None
        self._nobodys = _nobodys()

    def is_common(self, plain: str) -> bool:
        return plain in common() or _COMMON_HASHES.holds(plain)

    def is_breached(self, password: str) -> bool:
        if self._breached is None:
            return False
        try:
            return any(self._breached.holds(each) for each in {password, _normal(password)})
        except (
            OSError,
            ValueError,
        ) as error:  # the doctor says so; nobody is kept from a new password meanwhile
            log.warning("breached_passwords_unreadable", error=type(error).__name__)
            return False

    def hash(self, password: str) -> str:
        with self._turn():
            return self._hasher.hash(_normal(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """A password longer than any can be is cut, so that its length costs nothing."""
        with self._place_in_line(), self._turn():
            try:
                self._hasher.verify(kept or self._nobodys, _normal(password[: LONGEST + 1]))
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    @contextmanager
    def _place_in_line(self) -> Iterator[None]:
        if not self._line.acquire(blocking=False):
            raise TooManyHashings
        try:
            yield
        finally:
            self._line.release()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._longest_wait):
            raise TooManyHashings
        try:
            yield
        finally:
            self._turns.release()


def _normal(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFKC", password)


def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    """What an unknown login is compared with, so that it takes as long as a known one."""
    return _hasher().hash("nobody has this password")


@cache
def common() -> frozenset[str]:
    """What is refused beside the list of hashes; lower case, without spaces."""
    lines = _COMMON.read_text("utf-8").splitlines()
    return frozenset(line.strip().lower() for line in lines if line.strip() and not line.startswith("#"))
