"""What becomes of a call to a borrower, and what follows from it (rules C03, C04, C09, C11, C15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.holds import HoldKind


class CallOutcome(StrEnum):
    """One closed list; whoever called chooses one."""

    REACHED = "reached"
    PROMISE = "promise"
    CALL_BACK = "call_back"
    REFUSED_TO_TALK = "refused_to_talk"
    SOMEBODY_ELSE = "somebody_else"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    NUMBER_UNWANTED = "number_unwanted"
    HARDSHIP = "hardship"
    ILLNESS = "illness"
    DISPUTE = "dispute"
    REPRESENTED = "represented"
    DECEASED = "deceased"
    MINOR = "minor"
    NOT_KNOWN = "not_known"
    """The page was closed during the call, and whoever called cannot say any more."""


class CallResult(StrEnum):
    """What a contact's row says of a call. Who is got through to counts as reached, whoever it is: the stricter reading of C03."""

    DIALLING = "dialling"
    NOT_NOTED = "not_noted"
    ANSWERED = "answered"
    OTHER_PERSON = "other_person"
    WRONG_NUMBER = "wrong_number"
    NO_ANSWER = "no_answer"
    BUSY = "busy"


_RESULTS: Final[Mapping[CallOutcome, CallResult]] = {
    CallOutcome.SOMEBODY_ELSE: CallResult.OTHER_PERSON,
    CallOutcome.DECEASED: CallResult.OTHER_PERSON,
    CallOutcome.NO_ANSWER: CallResult.NO_ANSWER,
    CallOutcome.BUSY: CallResult.BUSY,
    CallOutcome.WRONG_NUMBER: CallResult.WRONG_NUMBER,
    CallOutcome.NUMBER_UNWANTED: CallResult.WRONG_NUMBER,
    CallOutcome.NOT_KNOWN: CallResult.NOT_NOTED,
}
HOLDS: Final[Mapping[CallOutcome, HoldKind]] = {
    CallOutcome.HARDSHIP: HoldKind.HARDSHIP,
    CallOutcome.ILLNESS: HoldKind.ILLNESS,
    CallOutcome.DISPUTE: HoldKind.DISPUTE,
    CallOutcome.REPRESENTED: HoldKind.REPRESENTED,
    CallOutcome.DECEASED: HoldKind.DECEASED,
    CallOutcome.MINOR: HoldKind.MINOR,
}
"""The hold that an outcome starts (rule C09): about the one loan for a dispute, about all of the person's else."""
STOPS_NUMBER: Final = frozenset({CallOutcome.WRONG_NUMBER, CallOutcome.NUMBER_UNWANTED})
"""Whoever has the number is not the borrower: nobody calls it again (rules C10, C11)."""
GOES_ON: Final = frozenset({CallOutcome.PROMISE, CallOutcome.CALL_BACK})
"""Outcomes by which whoever called has more to do with the loan."""
NEEDS_NO_TICKS: Final = frozenset(
    {
        CallOutcome.NO_ANSWER,
        CallOutcome.BUSY,
        CallOutcome.WRONG_NUMBER,
        CallOutcome.NUMBER_UNWANTED,
        CallOutcome.SOMEBODY_ELSE,
        CallOutcome.REFUSED_TO_TALK,
        CallOutcome.DECEASED,
        CallOutcome.MINOR,
        CallOutcome.REPRESENTED,
        CallOutcome.NOT_KNOWN,
    }
)
"""Outcomes before anything about the debt was said; the others need the three statements of rule C14."""
_RESTS: Final[Mapping[CallOutcome, timedelta]] = {
    CallOutcome.NO_ANSWER: timedelta(hours=2),
    CallOutcome.BUSY: timedelta(hours=1),
    CallOutcome.NOT_KNOWN: timedelta(hours=2),
    CallOutcome.SOMEBODY_ELSE: timedelta(days=1),
    CallOutcome.REFUSED_TO_TALK: timedelta(days=3),
}
_USUAL_REST: Final = timedelta(days=1)
PROMISED_AT_MOST: Final = timedelta(days=30)
CALLED_BACK_WITHIN: Final = timedelta(days=14)
NEXT_CALLS: Final = (1, 3, 7, 14)
"""Days after which the next call may be set."""


class Statement(StrEnum):
    """What is said before a sum is named (rule C14), in this order."""

    IDENTITY = "identity"
    RECORDING = "recording"
    PURPOSE = "purpose"


class TaskKind(StrEnum):
    """What was promised in a call: by the borrower to pay, or by us to call back."""

    PROMISE = "promise"
    CALL_BACK = "call_back"


class TaskState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    DONE = "done"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Promise:
    """To pay so much (minor units) until the end of a day."""

    amount_minor: int
    due_on: date


def result_of(outcome: CallOutcome) -> CallResult:
    return _RESULTS.get(outcome, CallResult.ANSWERED)


def rest_after(outcome: CallOutcome) -> timedelta:
    """How long nobody is to call again by the list; the guard has the last word all the same."""
    return _RESTS.get(outcome, _USUAL_REST)


def check_promise(amount_minor: int, due_on: date | None, *, owed_minor: int, today: date) -> Promise:
    """Raises ``amount_not_positive``, ``promise_above_owed``, ``promise_day_missing``, ``promise_day_out_of_range``."""
    if amount_minor <= 0:
        raise DomainError("amount_not_positive", field="amount")
    if amount_minor > owed_minor:
        raise DomainError("promise_above_owed", field="amount")
    if due_on is None:
        raise DomainError("promise_day_missing", field="due_on")
    if not today <= due_on <= today + PROMISED_AT_MOST:
        raise DomainError("promise_day_out_of_range", field="due_on", most=PROMISED_AT_MOST.days)
    return Promise(amount_minor, due_on)


def check_call_back(at: datetime | None, *, now: datetime) -> datetime:
    """Raises ``call_back_missing``, ``call_back_out_of_range``; whether it is allowed then is the guard's to say."""
    if at is None:
        raise DomainError("call_back_missing", field="call_back_at")
    if not now < at <= now + CALLED_BACK_WITHIN:
        raise DomainError("call_back_out_of_range", field="call_back_at", most=CALLED_BACK_WITHIN.days)
    return at


def promise_state(promise: Promise, *, paid_minor: int, today: date, known_until: date) -> TaskState:
    """``paid_minor``: what came in from the day of the promise until its last day; ``known_until``: the day that the book tells of.

    Broken only once its last day is over and the book has reached it: nobody is called about money that is on its way to the book.
    """
    if paid_minor >= promise.amount_minor:
        return TaskState.KEPT
    if today <= promise.due_on or known_until < promise.due_on:
        return TaskState.OPEN
    return TaskState.PARTLY if paid_minor > 0 else TaskState.BROKEN
