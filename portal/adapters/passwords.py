"""Staff passwords by argon2id: 19 MiB, two passes, one lane (OWASP's floor), and a cap on how many run at once."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.domain.passwords import LONGEST
from portal.services.ports import TooManyHashings

AT_ONCE: Final = 1
"""Each takes 19 MiB and a core for some 30 ms: more at a time would only slow everybody down, pages first of all."""
IN_LINE: Final = 1
"""How many more may wait for a comparison: each holds a thread of the server, which has four, and pages need the others."""
LONGEST_WAIT_SECONDS: Final = 5.0
_COMMON = Path(__file__).with_name("common_passwords.txt")


class Argon2Passwords:
    """One of it a process: the cap is its own."""

    def __init__(
        self, *, at_once: int = AT_ONCE, in_line: int = IN_LINE, longest_wait: float = LONGEST_WAIT_SECONDS
    ) -> None:
        self._hasher = _hasher()
        self._line = threading.BoundedSemaphore(at_once + in_line)
        self._turns = threading.BoundedSemaphore(at_once)
        self._longest_wait = longest_wait
        self._nobodys = _nobodys()

    @property
    def common(self) -> frozenset[str]:
        return _common()

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
def _common() -> frozenset[str]:
    lines = _COMMON.read_text("utf-8").splitlines()
    return frozenset(line.strip().lower() for line in lines if line.strip() and not line.startswith("#"))
