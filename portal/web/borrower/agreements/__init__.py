"""An agreement: where its plan stands, its document, its dates for a calendar."""

from portal.web.borrower.agreements import calendar, change, document, early, page

__all__ = ["calendar", "change", "document", "early", "page"]
