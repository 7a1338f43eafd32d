"""The supervisor's figures: the page, its tables as files, and reports to print."""

from portal.web.review.figures import download, page, reports

__all__ = ["download", "page", "reports"]
