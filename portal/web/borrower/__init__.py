"""Pages for borrowers."""

from portal.web.borrower import (
    agreements,
    cases,
    loans,
    plans,
    proposal,
    proposal_counter,
    proposal_prepared,
    proposal_question,
    record,
    sign_in,
    sitting,
    support,
    threads,
)
from portal.web.borrower.blueprint import blueprint

__all__ = [
    "agreements",
    "blueprint",
    "cases",
    "loans",
    "plans",
    "proposal",
    "proposal_counter",
    "proposal_prepared",
    "proposal_question",
    "record",
    "sign_in",
    "sitting",
    "support",
    "threads",
]
