"""One question to a server outside, over HTTP: a whole answer within its time, or a refusal that names what was wrong.

No redirects, no proxies of the environment, nothing asked twice: whoever calls decides whether to ask again.
"""

import socket
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from urllib.parse import urlsplit


class OutsideCallError(Exception):
    """No usable answer; the message says why, and holds nothing of what was sent or answered."""


def post(
    url: str,
    body: bytes,
    *,
    sends: str,
    takes: str,
    seconds: float,
    most_bytes: int,
    secret: str = "",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The body of a 200 answer of the media type ``takes``. ``seconds`` is for everything, however slowly it drips.

    ``secret`` goes as a bearer token, ``headers`` beside the usual ones. Raises ``OutsideCallError``.
    """
    connection, path = _connection(url, seconds)
    sent = {"Content-Type": sends, "Accept": takes, "Connection": "close", **(headers or {})}
    if secret:
        sent["Authorization"] = f"Bearer {secret}"
    is_late = Event()
    watch = Timer(seconds, _cut, (connection, is_late))
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", path, body, sent)
        answer = _answer(connection, takes, most_bytes)
    except (OSError, HTTPException) as error:
        # The socket's own time-out, which is as long, may come first.
        is_over = is_late.is_set() or isinstance(error, TimeoutError)
        raise OutsideCallError("no answer in time" if is_over else type(error).__name__) from error
    finally:
        watch.cancel()
        connection.close()
    if is_late.is_set():
        raise OutsideCallError("no answer in time")
    return answer


def _connection(url: str, seconds: float) -> tuple[HTTPConnection, str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise OutsideCallError("the address is no http address")
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return kind(parts.hostname, parts.port, timeout=seconds), path


def _answer(connection: HTTPConnection, takes: str, most_bytes: int) -> bytes:
    response = connection.getresponse()
    if response.status != 200:
        raise OutsideCallError(f"answered {response.status}")
    if response.headers.get_content_type() != takes:
        raise OutsideCallError("answered with something else")
    body = response.read(most_bytes + 1)
    if len(body) > most_bytes:
        raise OutsideCallError("answered too much")
    if response.length:
        raise OutsideCallError("broke off")
    return body


def _cut(connection: HTTPConnection, is_late: Event) -> None:
    """An answer that drips byte by byte meets no time-out of its socket; this ends it."""
    is_late.set()
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
