"""Legal holds: what may be needed by a court or an authority is not deleted, whatever its term says (rule C19)."""

from enum import StrEnum
from typing import Final

LONGEST_NOTE: Final = 200


class LegalHoldReason(StrEnum):
    """Why everything about a borrower is kept."""

    LITIGATION = "litigation"
    """A court or an arbitrator has the matter, or will have it."""
    AUTHORITY = "authority"
    """An authority looks into it, or has asked for what is kept."""
    COMPLAINT = "complaint"
    OWN_INQUIRY = "own_inquiry"
    """The house itself looks into how it acted."""


class LegalHoldEnd(StrEnum):
    """Why it ends."""

    MATTER_OVER = "matter_over"
    AUTHORITY_AGREED = "authority_agreed"
    SET_BY_MISTAKE = "set_by_mistake"
