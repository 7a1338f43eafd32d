"""Pages for those who decide."""

from portal.web.review import (
    account,
    approve,
    ask,
    case,
    claims,
    counter,
    decline,
    document,
    next_case,
    queue,
    reference,
    reveal,
    second,
    sign_in,
    threads,
    undo,
)
from portal.web.review.blueprint import blueprint

__all__ = [
    "account",
    "approve",
    "ask",
    "blueprint",
    "case",
    "claims",
    "counter",
    "decline",
    "document",
    "next_case",
    "queue",
    "reference",
    "reveal",
    "second",
    "sign_in",
    "threads",
    "undo",
]
