"""My record: what happened around me, what we sent me, and what I decide about it."""

from portal.web.borrower.record import messages

__all__ = ["messages"]
