"""Pages for borrowers."""

from portal.web.borrower.blueprint import blueprint

__all__ = ["blueprint"]
