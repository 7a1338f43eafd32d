"""The certificate that visitors of an address are shown, looked at as a browser does: by the system's trust, for the address's own name."""

import socket
import ssl
from datetime import UTC, datetime
from enum import StrEnum
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final


class Refusal(StrEnum):
    """Why a browser would warn."""

    OTHER_NAME = "other_name"
    OTHER_TIME = "other_time"
    """It has ended, or has not begun."""
    UNTRUSTED = "untrusted"


class CertificateRefusedError(Exception):
    """A browser would warn; the message is what OpenSSL says."""

    def __init__(self, refusal: Refusal, said: str) -> None:
        super().__init__(said)
        self.refusal = refusal


class NotReachedError(Exception):
    """No certificate was seen; the message names the kind of failure."""


# X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH
_REFUSALS: Final = {
    9: Refusal.OTHER_TIME,
    10: Refusal.OTHER_TIME,
    62: Refusal.OTHER_NAME,
    64: Refusal.OTHER_NAME,
}


def end_of_certificate(host: str, port: int, *, seconds: float) -> datetime:
    """When it ends. ``seconds`` is for everything, finding the address and whatever drips included.

    Raises ``CertificateRefusedError`` and ``NotReachedError``.
    """
    answers: SimpleQueue[datetime | Exception] = SimpleQueue()
    # Nothing bounds the search for an address; a thread that is still at it holds nobody up.
    Thread(target=_look, args=(host, port, seconds, answers), daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except Empty:
        raise NotReachedError("no answer in time") from None
    if isinstance(found, ssl.SSLCertVerificationError):
        raise CertificateRefusedError(
            _REFUSALS.get(found.verify_code, Refusal.UNTRUSTED), found.verify_message
        ) from found
    if isinstance(found, TimeoutError):
        raise NotReachedError("no answer in time") from found
    if isinstance(found, Exception):
        raise NotReachedError(type(found).__name__) from found
    return found


def _look(host: str, port: int, seconds: float, answers: "SimpleQueue[datetime | Exception]") -> None:
    try:
        answers.put(_end(host, port, seconds))
    except Exception as error:  # noqa: BLE001 - whatever happens there, somebody waits here
        answers.put(error)


def _end(host: str, port: int, seconds: float) -> datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=seconds) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        shown = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
