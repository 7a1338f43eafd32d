"""Decisions of staff: their kinds, and their way from the desk to the borrower (`proposal.md`, Claim and race).

A decision that waits for a second approver, or for its dispatch, is made but has reached nobody: the proposal still stands in
review, the borrower may still take it back, and whoever comes first wins.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from portal.domain.proposals import Act

DISPATCH_AFTER: Final = timedelta(seconds=60)
"""So long a decline, a counter and a question may be undone."""


class DecisionKind(StrEnum):
    """What an approver decides."""

    APPROVE = "approve"
    DECLINE = "decline"
    COUNTER = "counter"
    ASK = "ask"


class DecisionState(StrEnum):
    """Where a decision is."""

    WAITS_SECOND = "waits_second"
    HELD = "held"
    """Made; it goes out in a moment and may be undone until then."""
    SENT = "sent"
    """It has taken effect; a counter or a question is open until the borrower answers."""
    ANSWERED = "answered"
    """The borrower answered the question or refused the counter: the round goes on."""
    UNDONE = "undone"
    REFUSED = "refused"
    """By the second approver."""
    OVERTAKEN = "overtaken"
    """The borrower, the book or the clock was first."""


PENDING_STATES: Final = (DecisionState.WAITS_SECOND, DecisionState.HELD)
LIVE_STATES: Final = (*PENDING_STATES, DecisionState.SENT)
"""One decision of these a round: the rest is history."""

ACTS: Mapping[DecisionKind, Act] = MappingProxyType(
    {
        DecisionKind.APPROVE: Act.APPROVE,
        DecisionKind.DECLINE: Act.DECLINE,
        DecisionKind.COUNTER: Act.COUNTER,
        DecisionKind.ASK: Act.ASK,
    }
)


def state_of_decided(kind: DecisionKind) -> DecisionState:
    """Once all who must decide have decided: an approval stands at once and cannot be undone, the others go out in a moment."""
    return DecisionState.SENT if kind is DecisionKind.APPROVE else DecisionState.HELD
