"""Incidents with personal information: what happened, the notices of it, and who issues them."""

from portal.web.review.incidents import notices, pages

__all__ = ["notices", "pages"]
