"""The agent's guide: read by whoever speaks with borrowers, written on by supervisors."""

from portal.web.review.guide import pages

__all__ = ["pages"]
