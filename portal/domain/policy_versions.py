"""The way of a version of the policy: drafted, proposed, decided by somebody else, tried on a share of the loans, in force."""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from portal.domain.canonical_json import digest_of
from portal.domain.errors import AccessRefused, Conflict

MOST_WHY: Final = 500
"""Characters of a reason for a change, a refusal, an end."""


class PolicyState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    """In force from its date on, until another one takes its place."""
    TRIAL = "trial"
    """Holds for a share of the loans."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    """Tried and not gone on with."""


class TrialState(StrEnum):
    RUNNING = "running"
    ALL = "all"
    STOPPED = "stopped"


class TrialEnd(StrEnum):
    """What is asked of a running trial."""

    ALL = "all"
    STOP = "stop"


class ReplayState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Arm(StrEnum):
    """Which side of a trial a loan is on."""

    ALL = "all"
    """No trial was running."""
    TRIAL = "trial"
    REST = "rest"


class PolicyAct(StrEnum):
    WRITE = "write"
    PROPOSE = "propose"
    TAKE_BACK = "take_back"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REFUSE = "refuse"


_FROM: Final[Mapping[PolicyAct, PolicyState]] = {
    PolicyAct.WRITE: PolicyState.DRAFT,
    PolicyAct.PROPOSE: PolicyState.DRAFT,
    PolicyAct.WITHDRAW: PolicyState.DRAFT,
    PolicyAct.TAKE_BACK: PolicyState.PROPOSED,
    PolicyAct.APPROVE: PolicyState.PROPOSED,
    PolicyAct.REFUSE: PolicyState.PROPOSED,
}
_BY_ANOTHER: Final = frozenset({PolicyAct.APPROVE, PolicyAct.REFUSE})


def refuse_policy_act(act: PolicyAct, *, state: PolicyState, drafter: int | None, actor: int) -> None:
    """Whether somebody may do this with a version now (rule P18).

    Raises:
        Conflict: ``policy_moved_on`` with the state, where it has moved on.
        AccessRefused: ``policy_drafted_by_oneself`` of deciding what one drafted, ``policy_drafted_by_another`` of the drafter's own acts.

    """
    if state is not _FROM[act]:
        raise Conflict("policy_moved_on", state=state.value)
    if act in _BY_ANOTHER and drafter == actor:
        raise AccessRefused("policy_drafted_by_oneself", rule="P18")
    if act not in _BY_ANOTHER and drafter != actor:
        raise AccessRefused("policy_drafted_by_another", rule="P18")


def policy_digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a whole body: what a replay and an approval are bound to."""
    return digest_of(body)


def is_tried_on(loan_id: str, version: str, share_pct: int) -> bool:
    """Whether a loan (public id) is among the share that tries a version: the same answer for ever, and another for another version."""
    drawn = int.from_bytes(sha256(f"policy trial:{version}:{loan_id}".encode()).digest()[:8]) % 10_000
    return drawn < share_pct * 100
