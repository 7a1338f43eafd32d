"""An agreement: where its plan stands, its document, its dates for a calendar."""

from portal.web.borrower.agreements import calendar, document, page

__all__ = ["calendar", "document", "page"]
