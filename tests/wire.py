"""Forms as they go over the wire: many at once, and one whose answer nobody waits for."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from werkzeug.serving import make_server

from portal.db import POOL_SIZE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HANG = 600
"""Seconds after which somebody says that it does not come to an end; nothing is judged by it."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request as it goes over the wire."""

    port: int
    path: str
    cookie: str
    fields: Mapping[str, Any]

    def sent(self, start: threading.Barrier | None = None) -> HTTPConnection:
        """The line, with the request on it; where there is a ``start``, once all the others are there."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=_HANG)
        line.connect()
        if start is not None:
            start.wait(_HANG)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", self.path, urlencode(self.fields, doseq=True), headers)
        return line

    def fire(self, start: threading.Barrier | None = None) -> tuple[int, str]:
        """Status and page."""
        line = self.sent(start)
        answer = line.getresponse()
        try:
            return answer.status, answer.read().decode()
        finally:
            line.close()


def fire_all(shots: list[Shot]) -> list[tuple[int, str]]:
    start = threading.Barrier(len(shots))
    with ThreadPoolExecutor(len(shots)) as pool:
        return [waiting.result() for waiting in [pool.submit(shot.fire, start) for shot in shots]]


@contextmanager
def answering(app: "WSGIApplication") -> Iterator[int]:
    """The port of a server on this machine which answers as many at once as its pool keeps connections: the others wait their turn for
    its attention, as before ``portal serve``, and not so many seconds for a connection.
    """
    places = threading.BoundedSemaphore(POOL_SIZE)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with places:
            return app(environ, start_response)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


class Lossy:
    """An application whose answers get lost: each is given only after whoever asked has hung up."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._is_done, self._is_off = threading.Event(), threading.Event()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        said = self._app(environ, start_response)
        self._is_done.set()
        self._is_off.wait(_HANG)
        return said

    def lose(self, shot: Shot) -> None:
        """Send it, and hang up once everything is done but the answer."""
        line = shot.sent()
        assert self._is_done.wait(_HANG)
        line.close()
        self._is_off.set()
