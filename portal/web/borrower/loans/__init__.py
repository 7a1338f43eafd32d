"""Where a borrower stands: the first page, a loan's own page, how to pay."""

from portal.web.borrower.loans import home, loan, pay, receipts

__all__ = ["home", "loan", "pay", "receipts"]
