"""Pages for borrowers."""

from portal.web.borrower import agreements, cases, loans, plans, proposal, record, sign_in, threads
from portal.web.borrower.blueprint import blueprint

__all__ = ["agreements", "blueprint", "cases", "loans", "plans", "proposal", "record", "sign_in", "threads"]
