"""Named points where a test may let the process die, fail or wait: each lies where a promise hangs on what comes after it.

Nothing is armed but what ``PORTAL_FAILPOINTS`` names, and that is refused outside of demo and test. Unarmed, a point is one look at an
empty mapping.
"""

import itertools
import os
import re
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Point(StrEnum):
    """All there are."""

    SIGNED = "signing.moved"
    """The proposal was compared and set; its event, hold, place in the queue and agreement are still to come."""
    DECIDED = "decision.recorded"
    """The decision stands as a row; nothing that follows from it does."""
    AGREED = "agreement.made"
    """The agreement stands with its event; the order to seal it does not."""
    COMMITTING = "transaction.committing"
    """Before any transaction that wrote ends; ``@N`` says which."""
    COMMITTED = "transaction.committed"
    """After it, before anybody was told."""
    CLAIMED = "work.claimed"
    """A worker has leased a piece of work and done nothing of it."""
    WORKED = "work.finished"
    """It is done and kept, and not yet crossed off."""
    RENDERED = "document.rendered"
    """A document is drawn (and sealed), in memory alone."""
    KEPT = "document.kept"
    """Its bytes are a row; the agreement does not point to them."""
    SENDING = "message.sending"
    """The attempt is on record; the provider was not asked."""
    SENT = "message.sent"
    """The provider has taken the message; nothing says so here."""
    CHECKPOINT = "checkpoint.written"
    """A checkpoint's file is there; ``newest`` tells of the one before."""


class FailpointError(Exception):
    """What ``raise`` raises."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``act`` is ``kill`` (SIGKILL to this process), ``raise`` or ``sleep``; at the ``turn``-th time alone, or each time where it is 0."""

    act: str
    seconds: float = 0
    turn: int = 0
    times: Iterator[int] = field(default_factory=lambda: itertools.count(1))


_SPELT: Final = re.compile(r"(kill|raise|sleep:(\d+(?:\.\d+)?))(?:@([1-9]\d*))?")
_armed: Final[dict[str, Fault]] = {}


def read_faults(text: str) -> Mapping[str, Fault]:
    """``decision.recorded=kill@3,message.sending=sleep:0.5`` as points and faults; ``ValueError`` names what cannot be read."""
    faults = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, _, said = each.partition("=")
        found = _SPELT.fullmatch(said)
        if found is None or name not in set(Point):
            raise ValueError(each)
        act, seconds, turn = found.groups()
        faults[name] = Fault(act.partition(":")[0], float(seconds or 0), int(turn or 0))
    return faults


def arm(text: str) -> None:
    """These faults and no others, in this process."""
    _armed.clear()
    _armed.update(read_faults(text))


def reached(point: Point) -> None:
    """To be called at the point itself."""
    if _armed:
        _meet(point)


def _meet(point: Point) -> None:
    fault = _armed.get(point)
    if fault is None or (fault.turn and next(fault.times) != fault.turn):
        return
    match fault.act:
        case "kill":
            os.write(2, f"killed at {point}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise FailpointError(point)
        case _:
            time.sleep(fault.seconds)
