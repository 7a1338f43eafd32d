"""An authority that is asked over HTTP (RFC 3161, section 3.4)."""

from collections.abc import Sequence
from typing import Final

from portal.adapters.certificate_files import name_in
from portal.adapters.outside_calls import OutsideCallError, post
from portal.adapters.time_stamps.exchange import SENDS, TAKES, new_nonce, time_stamp_request, token_in
from portal.domain.errors import DomainError

SECONDS: Final = 15.0
LARGEST: Final = 64 << 10


class HttpTimeStamper:
    """See ``portal.services.ports.TimeStamper``. A token is checked before it is given on."""

    def __init__(self, url: str, trust: Sequence[bytes], *, seconds: float = SECONDS) -> None:
        self._url = url
        self._trust = trust
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The first of the certificates that are trusted speaks for the authority."""
        return name_in(self._trust[0])

    def stamp(self, digest: bytes) -> bytes:
        nonce = new_nonce()
        try:
            answer = post(
                self._url,
                time_stamp_request(digest, nonce),
                sends=SENDS,
                takes=TAKES,
                seconds=self._seconds,
                most_bytes=LARGEST,
            )
        except OutsideCallError as error:
            raise DomainError("time_stamp_failed", reason=str(error)) from error
        token = token_in(answer, nonce)
        refuse_wrong(token, digest, self._trust)
        return token


def refuse_wrong(token: bytes, digest: bytes, trust: Sequence[bytes]) -> None:
    """Raises ``time_stamp_failed`` for a token that would not be believed later."""
    # What checks certificates takes most of a second to load; no start should wait for it.
    from portal.adapters.time_stamps.tokens import verify_time_stamp  # noqa: PLC0415

    try:
        verify_time_stamp(token, digest, trust)
    except DomainError as error:
        raise DomainError("time_stamp_failed", reason=error.details["reason"]) from error
