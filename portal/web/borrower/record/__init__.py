"""My record: what happened around me, what we sent me, and what I decide about it."""

from portal.web.borrower.record import consents, data, export, messages, page, representative, wishes

__all__ = ["consents", "data", "export", "messages", "page", "representative", "wishes"]
