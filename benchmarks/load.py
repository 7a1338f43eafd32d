"""Many clients at once against a server on this machine, each on a connection that stays open; or requests that come at a fixed rate."""

import http.client
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

from benchmarks.rounds import percentile

_AT_MOST: Final = 32
"""Requests that wait for their time or for their answer at once."""


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    cookie: str
    form: Mapping[str, str] | None = None
    """Sent by POST; None asks by GET."""
    leads_to: str | None = None
    """Where a 303 is to point; None wants a page (200)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """``took``: seconds of each request; ``wall``: from the first to the last."""

    took: Sequence[float]
    wall: float

    def milliseconds(self, share: float) -> float:
        return percentile(self.took, share) * 1000

    @property
    def per_second(self) -> float:
        return len(self.took) / self.wall


@dataclass(slots=True)
class _Run:
    url: str
    waiting: Iterator[Request]
    took: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)


def ask_all(url: str, requests: Iterable[Request], *, clients: int) -> Answered:
    """Every request once. Raises ``RuntimeError`` where one is answered otherwise than wanted."""
    run = _Run(url, iter(requests))
    threads = [threading.Thread(target=_client, args=(run,)) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - begun
    if run.faults:
        raise RuntimeError(run.faults[0])
    return Answered(run.took, wall)


@dataclass(frozen=True, slots=True)
class Arrived:
    """When each request was answered, in the order of the requests, by ``time.perf_counter``."""

    answered: Sequence[float]

    @property
    def a_second(self) -> float:
        """Answers a second, of several."""
        return (len(self.answered) - 1) / (max(self.answered) - min(self.answered))


def arrive(url: str, requests: Sequence[Request], *, a_second: float) -> Arrived:
    """Every request once, evenly spaced: each comes when its time has come, whatever became of those before it.

    Raises ``RuntimeError`` where one is answered otherwise than wanted.
    """
    begun = time.perf_counter()
    with ThreadPoolExecutor(_AT_MOST) as clients:
        asked = [
            clients.submit(_ask_at, url, request, begun + number / a_second)
            for number, request in enumerate(requests)
        ]
    return Arrived([each.result() for each in asked])


def _ask_at(url: str, request: Request, at: float) -> float:
    time.sleep(max(0.0, at - time.perf_counter()))
    run = _Run(url, iter([request]))
    _client(run)
    if run.faults:
        raise RuntimeError(run.faults[0])
    return time.perf_counter()


def _client(run: _Run) -> None:
    parts = urlsplit(run.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        while (request := _next(run)) is not None and not run.faults:
            begun = time.perf_counter()
            status, place = _answered(connection, request)
            run.took.append(time.perf_counter() - begun)
            if place != request.leads_to or status != (200 if place is None else 303):
                run.faults.append(f"{request.path} answered {status} {place or ''}")
    except OSError as error:
        run.faults.append(f"the server went away: {error}")
    finally:
        connection.close()


def _next(run: _Run) -> Request | None:
    with run.turn:
        return next(run.waiting, None)


def _answered(connection: http.client.HTTPConnection, request: Request) -> tuple[int, str | None]:
    headers = {"Cookie": request.cookie}
    if request.form is None:
        connection.request("GET", request.path, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", request.path, urlencode(request.form), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.getheader("Location")
