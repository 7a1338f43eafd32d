"""An invitation to an account: a link that works once, for three days."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

LASTS: Final = timedelta(hours=72)


class InvitationState(StrEnum):
    """``WAITING``: a second person has to agree before the link works."""

    WAITING = "waiting"
    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """All that is kept of the link."""
    return hashlib.sha256(token.encode()).hexdigest()


def state_of(
    *,
    is_agreed: bool,
    used_at: datetime | None,
    withdrawn_at: datetime | None,
    expires_at: datetime,
    now: datetime,
) -> InvitationState:
    if used_at is not None:
        return InvitationState.USED
    if withdrawn_at is not None:
        return InvitationState.WITHDRAWN
    if expires_at <= now:
        return InvitationState.EXPIRED
    return InvitationState.OPEN if is_agreed else InvitationState.WAITING
