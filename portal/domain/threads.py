"""Threads: what a borrower and the staff write to each other about a plan or a case."""

from enum import StrEnum
from typing import Final

from portal.domain.proposals import ProposalStatus

MOST_CHARACTERS: Final = 2000
MOST_FILES: Final = 5
"""Files of one message."""
MOST_MESSAGES_A_DAY: Final = 60
MOST_FILES_A_DAY: Final = 30


class Author(StrEnum):
    """The two sides of a thread."""

    BORROWER = "borrower"
    STAFF = "staff"


class MessageKind(StrEnum):
    """What a message is, where that has consequences.

    ``request_for_time``: the borrower says that it is one; it alone restarts the limitation period (rule L01).
    ``question``: staff need an answer before they can decide.
    """

    MESSAGE = "message"
    QUESTION = "question"
    REQUEST_FOR_TIME = "request_for_time"


KINDS_OF: Final = {
    Author.BORROWER: frozenset({MessageKind.MESSAGE, MessageKind.REQUEST_FOR_TIME}),
    Author.STAFF: frozenset({MessageKind.MESSAGE, MessageKind.QUESTION}),
}
"""Nobody asks for time in somebody else's name: that would restart the period against them."""

_UNSENT: Final = frozenset({ProposalStatus.DRAFT, ProposalStatus.DISCARDED})


def is_writable(status: ProposalStatus) -> bool:
    """A draft is nobody's business but the borrower's; everything that was ever sent may be asked about."""
    return status not in _UNSENT
