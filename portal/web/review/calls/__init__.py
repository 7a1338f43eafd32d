"""Whom to call: the internal team's list, the call itself, rules set aside by two, and the supervisor's figures."""

from portal.web.review.calls import after, call, outcome, overrides, today, whom

__all__ = ["after", "call", "outcome", "overrides", "today", "whom"]
