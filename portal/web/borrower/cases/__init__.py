"""Dispute, complain, talk to us: a form makes a case with a number and a promised answer."""

from portal.web.borrower.cases import about_loans, case, complain

__all__ = ["about_loans", "case", "complain"]
