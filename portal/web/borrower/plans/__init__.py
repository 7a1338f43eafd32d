"""The plan journey: one question a page, then check, read, sign."""

from portal.web.borrower.plans import check, choice, need, own, read, reason, sign, start

__all__ = ["check", "choice", "need", "own", "read", "reason", "sign", "start"]
