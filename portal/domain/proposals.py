"""The life of a proposal: the table of `proposal.md`, as data.

Moves that the product does not offer yet (counters, questions, the clock's moves on active plans) stand here all the same: the table
is the law, and a verb that needs one finds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from portal.domain.errors import Conflict


class ProposalStatus(StrEnum):
    """Where a proposal is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    INFO_REQUESTED = "info_requested"
    COUNTERED = "countered"
    NEEDS_RESIGN = "needs_resign"
    APPROVED = "approved"
    ACTIVE = "active"
    MISSED = "missed"
    BROKEN = "broken"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"
    """A changed plan took its place."""


class Act(StrEnum):
    """What moves a proposal."""

    DISCARD = "discard"
    GIVE_WAY = "give_way"
    """A draft goes where a broken plan of the loan is taken up again (decision 0270)."""
    SUBMIT = "submit"
    POLICY_APPROVE = "policy_approve"
    POLICY_REFER = "policy_refer"
    APPROVE = "approve"
    COUNTER = "counter"
    ASK = "ask"
    DECLINE = "decline"
    REPLY = "reply"
    SIGN_COUNTER = "sign_counter"
    REFUSE_COUNTER = "refuse_counter"
    WITHDRAW = "withdraw"
    FACTS_MOVED = "facts_moved"
    SIGN_AGAIN = "sign_again"
    EXPIRE = "expire"
    ASK_A_PERSON = "ask_a_person"
    SEAL_DONE = "seal_done"
    MISS = "miss"
    PAY = "pay"
    BREAK = "break"
    REINSTATE = "reinstate"
    TERMINATE = "terminate"
    COMPLETE = "complete"
    SUPERSEDE = "supersede"


class Who(StrEnum):
    """Whose act it is."""

    BORROWER = "borrower"
    APPROVER = "approver"
    CLOCK = "clock"
    BOOK = "book"
    """The import of the loan book, or a payment."""
    WORKER = "worker"
    CHANGE = "change"
    """A changed plan for the same loan, in the transaction in which it is approved."""


S = ProposalStatus
W = Who

_UNDECIDED = (S.SUBMITTED, S.IN_REVIEW, S.INFO_REQUESTED, S.COUNTERED)

OPEN_STATUSES: tuple[ProposalStatus, ...] = (S.DRAFT, *_UNDECIDED, S.NEEDS_RESIGN)
"""One of these at a time for a loan."""

RUNNING_STATUSES: tuple[ProposalStatus, ...] = (S.APPROVED, S.ACTIVE, S.MISSED)
AGREED_STATUSES: tuple[ProposalStatus, ...] = (
    *RUNNING_STATUSES,
    S.BROKEN,
    S.COMPLETED,
    S.TERMINATED,
    S.SUPERSEDED,
)
"""Reached by an approval alone: there is an agreement, whatever became of it."""
"""A plan is in force: one at a time for a loan."""


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table."""

    who: Who
    to: ProposalStatus


_TABLE: Mapping[tuple[ProposalStatus, Act], Move] = MappingProxyType(
    {
        (S.DRAFT, Act.DISCARD): Move(W.BORROWER, S.DISCARDED),
        (S.DRAFT, Act.GIVE_WAY): Move(W.APPROVER, S.DISCARDED),
        (S.DRAFT, Act.SUBMIT): Move(W.BORROWER, S.SUBMITTED),
        (S.SUBMITTED, Act.POLICY_APPROVE): Move(W.CLOCK, S.APPROVED),
        (S.SUBMITTED, Act.POLICY_REFER): Move(W.CLOCK, S.IN_REVIEW),
        (S.IN_REVIEW, Act.APPROVE): Move(W.APPROVER, S.APPROVED),
        (S.IN_REVIEW, Act.COUNTER): Move(W.APPROVER, S.COUNTERED),
        (S.IN_REVIEW, Act.ASK): Move(W.APPROVER, S.INFO_REQUESTED),
        (S.IN_REVIEW, Act.DECLINE): Move(W.APPROVER, S.DECLINED),
        (S.INFO_REQUESTED, Act.REPLY): Move(W.BORROWER, S.IN_REVIEW),
        (S.COUNTERED, Act.SIGN_COUNTER): Move(W.BORROWER, S.APPROVED),
        (S.COUNTERED, Act.REFUSE_COUNTER): Move(W.BORROWER, S.IN_REVIEW),
        **{(status, Act.WITHDRAW): Move(W.BORROWER, S.WITHDRAWN) for status in (*_UNDECIDED, S.NEEDS_RESIGN)},
        **{(status, Act.FACTS_MOVED): Move(W.BOOK, S.NEEDS_RESIGN) for status in _UNDECIDED},
        (S.NEEDS_RESIGN, Act.SIGN_AGAIN): Move(W.BORROWER, S.SUBMITTED),
        **{(status, Act.EXPIRE): Move(W.CLOCK, S.EXPIRED) for status in OPEN_STATUSES},
        (S.DECLINED, Act.ASK_A_PERSON): Move(W.BORROWER, S.IN_REVIEW),
        (S.APPROVED, Act.SEAL_DONE): Move(W.WORKER, S.ACTIVE),
        (S.ACTIVE, Act.MISS): Move(W.CLOCK, S.MISSED),
        (S.MISSED, Act.PAY): Move(W.BOOK, S.ACTIVE),
        (S.MISSED, Act.BREAK): Move(W.CLOCK, S.BROKEN),
        (S.BROKEN, Act.REINSTATE): Move(W.APPROVER, S.ACTIVE),
        (S.BROKEN, Act.TERMINATE): Move(W.APPROVER, S.TERMINATED),
        (S.ACTIVE, Act.COMPLETE): Move(W.BOOK, S.COMPLETED),
        **{(status, Act.SUPERSEDE): Move(W.CHANGE, S.SUPERSEDED) for status in RUNNING_STATUSES},
    }
)


def move_for(status: ProposalStatus, act: Act, who: Who) -> ProposalStatus:
    """The status that an act leads to.

    Raises:
        Conflict: ``move_not_possible`` where the table has no such line or it is somebody else's act; details ``status`` and ``act``.

    """
    move = _TABLE.get((status, act))
    if move is None or move.who is not who:
        raise Conflict("move_not_possible", status=status.value, act=act.value)
    return move.to


def is_possible(status: ProposalStatus, act: Act, who: Who) -> bool:
    """Whether the table has the line: what a page asks before it draws a button."""
    move = _TABLE.get((status, act))
    return move is not None and move.who is who


def all_moves() -> Mapping[tuple[ProposalStatus, Act], Move]:
    """The whole table, for tests and documents."""
    return _TABLE
