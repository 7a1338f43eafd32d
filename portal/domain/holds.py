"""Reasons why contact is stopped: one closed list (`proposal.md`, Holds)."""

from enum import StrEnum


class HoldKind(StrEnum):
    """Why nobody may collect on a loan for now."""

    PROPOSAL_PENDING = "proposal_pending"
    PLAN_ACTIVE = "plan_active"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    HARDSHIP = "hardship"
    ILLNESS = "illness"
    DECEASED = "deceased"
    MINOR = "minor"
    REPRESENTED = "represented"
    STATUTORY_MORATORIUM = "statutory_moratorium"
