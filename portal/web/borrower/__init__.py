"""Pages for borrowers."""

from portal.web.borrower import sign_in
from portal.web.borrower.blueprint import blueprint

__all__ = ["blueprint", "sign_in"]
