"""My record: what happened around me, what we sent me, and what I decide about it."""

from portal.web.borrower.record import data, export, messages, page

__all__ = ["data", "export", "messages", "page"]
