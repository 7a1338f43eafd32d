"""My record: what happened around me, what we sent me, and what I decide about it."""

from portal.web.borrower.record import (
    consents,
    data,
    email,
    export,
    messages,
    page,
    representative,
    sessions,
    wishes,
)

__all__ = [
    "consents",
    "data",
    "email",
    "export",
    "messages",
    "page",
    "representative",
    "sessions",
    "wishes",
]
