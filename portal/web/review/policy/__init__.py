"""The policy's pages: what holds, what a draft would change, and the two people that a change takes."""

from portal.web.review.policy import acts, pages, trials, write

__all__ = ["acts", "pages", "trials", "write"]
