"""Pages for anybody: language, view, checking a document or a message, the privacy notice, agencies, the record's
checkpoint, health, receipts.
"""

from portal.web.public import (
    agencies,
    check,
    complain,
    health,
    language,
    message_check,
    privacy,
    receipts,
    record,
    view,
)
from portal.web.public.blueprint import blueprint

__all__ = [
    "agencies",
    "blueprint",
    "check",
    "complain",
    "health",
    "language",
    "message_check",
    "privacy",
    "receipts",
    "record",
    "view",
]
