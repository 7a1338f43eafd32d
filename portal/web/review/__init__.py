"""Pages for those who decide."""

from portal.web.review.blueprint import blueprint

__all__ = ["blueprint"]
