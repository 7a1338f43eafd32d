"""Browsers of people who do not give up: a form that got no answer, or was asked to come again, is sent again."""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from tests.faults.acts import Act

if TYPE_CHECKING:
    from collections.abc import Iterator

_OFF: Final = (OSError, HTTPException)
_AGAIN: Final = 0.05
_HANG: Final = 900
"""Seconds after which somebody says that it does not come to an end; nothing is judged by it."""
_LINE: Final = 180
"""Seconds that a server may take to answer; one that dies is noticed at once."""
_FRESH: Final = 240
"""Seconds in which whatever a form needs is surely still good: a code lasts five minutes."""
CALM: Final = "400-000-0000"
"""The number that stands on every page, the one of a failure included."""


@dataclass
class Crowd:
    """``urls`` are the servers, of whom any may be away; ``odd`` is what no answer may be, in words."""

    urls: Sequence[str]
    waiting: "queue.SimpleQueue[Act]" = field(default_factory=queue.SimpleQueue)
    asked: int = 0
    done: list[Act] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    heard: Callable[[int], None] = lambda _status: None
    away: set[str] = field(default_factory=set)
    """Servers that nobody is sent to for now, as by a proxy that heard of their end."""
    _over: threading.Event = field(default_factory=threading.Event)
    _gone: threading.Event = field(default_factory=threading.Event)
    _notes: threading.Lock = field(default_factory=threading.Lock)

    @property
    def broken(self) -> int:
        """How often somebody who had been let in got no answer."""
        return self.answers[0]

    @contextmanager
    def at_it(self, people: int) -> "Iterator[Crowd]":
        """They send what is put into ``waiting``; at the end each has an answer to the form in hand. All leave where something failed."""
        threads = [
            threading.Thread(target=self._person, args=(place,), daemon=True) for place in range(people)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        except BaseException:
            self._gone.set()
            raise
        finally:
            self._over.set()
            for thread in threads:
                thread.join(_HANG)

    def ask(self, act: Act) -> None:
        """Somebody is to send it. One thread asks."""
        self.asked += 1
        self.waiting.put(act)

    def settle(self) -> None:
        """Until everything that was asked for is answered; servers have to live as long."""
        limit = monotonic() + _HANG
        while len(self.done) < self.asked:
            if monotonic() > limit:
                raise RuntimeError(f"{self.asked - len(self.done)} forms are never answered: {self.answers}")
            sleep(_AGAIN)

    def _person(self, place: int) -> None:
        while not (self._gone.is_set() or (self._over.is_set() and self.waiting.empty())):
            try:
                act = self.waiting.get(timeout=_AGAIN)
            except queue.Empty:
                continue
            self._insist(act, place)

    def _insist(self, act: Act, place: int) -> None:
        while not self._gone.is_set():
            there = [url for url in self.urls if url not in self.away] or self.urls
            status = self._send(act, there[place % len(there)])
            place += 1
            act.answers.append(status)
            with self._notes:
                self.answers[status] += 1
            self.heard(status)
            if 0 < status < 500:
                break
            sleep(_AGAIN)
        with self._notes:
            self.done.append(act)

    def _send(self, act: Act, url: str) -> int:
        """The status; 0 where the line broke, -1 where there was none."""
        parts = urlsplit(url)
        line = HTTPConnection(parts.hostname or "", parts.port, timeout=_LINE)
        try:
            line.connect()
        except OSError:
            return -1
        if url in self.away:
            line.close()
            return -1
        try:
            headers = {"Cookie": act.cookie, "Content-Type": "application/x-www-form-urlencoded"}
            line.request("POST", act.path, urlencode(act.fields), headers)
            answer = line.getresponse()
            page = answer.read().decode(errors="replace")
        except _OFF:
            return 0
        finally:
            line.close()
        self._judge(act, answer.status, page)
        return answer.status

    def _judge(self, act: Act, status: int, page: str) -> None:
        if 400 <= status < 500 and status != 409 and monotonic() - act.begun > _FRESH:
            act.came_too_late = True
            return
        is_calm = status < 500 or (status == 503 and CALM in page)
        if not is_calm or "Traceback" in page or status not in {303, 409, 503}:
            with self._notes:
                self.odd.append(f"{act.kind}: {status}")
