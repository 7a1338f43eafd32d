"""Where a borrower stands: the first page, a loan's own page, how to pay."""

from portal.web.borrower.loans import assignment, home, loan, pay, receipts

__all__ = ["assignment", "home", "loan", "pay", "receipts"]
