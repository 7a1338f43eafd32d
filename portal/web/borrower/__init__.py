"""Pages for borrowers."""

from portal.web.borrower import cases, loans, sign_in
from portal.web.borrower.blueprint import blueprint

__all__ = ["blueprint", "cases", "loans", "sign_in"]
