"""What the queue of what borrowers bring up can be narrowed to: closed sets."""

from enum import StrEnum


class Standing(StrEnum):
    """By where it stands."""

    OPEN = "open"
    CLOSED = "closed"


class Turn(StrEnum):
    """By whose turn it is; ``UNACKNOWLEDGED``: nobody has told the borrower that it has arrived."""

    US = "us"
    BORROWER = "borrower"
    LENDER = "lender"
    UNACKNOWLEDGED = "unacknowledged"
