"""The plan journey: one question a page, then check, read, sign."""

from portal.web.borrower.plans import budget, check, choice, disclosure, need, own, reason, sign, start, terms

__all__ = ["budget", "check", "choice", "disclosure", "need", "own", "reason", "sign", "start", "terms"]
