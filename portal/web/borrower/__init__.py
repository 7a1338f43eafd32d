"""Pages for borrowers."""

from portal.web.borrower import agreement, cases, loans, plans, proposal, record, sign_in
from portal.web.borrower.blueprint import blueprint

__all__ = ["agreement", "blueprint", "cases", "loans", "plans", "proposal", "record", "sign_in"]
