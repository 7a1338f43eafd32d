"""Numbers that changed hands, and numbers that are to be changed (proposal.md, "Sign-in details")."""

from datetime import timedelta
from typing import Final

from portal.domain.errors import DomainError

COOLING: Final = timedelta(hours=72)
"""How long the old number has to say no before a new one may take its place."""


def refuse_same_number(old: str, new: str) -> None:
    """Raises ``number_same``."""
    if old == new:
        raise DomainError("number_same", field="new")
