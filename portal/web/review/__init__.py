"""Pages for those who decide."""

from portal.web.review import account, approve, case, claims, decline, queue, reveal, sign_in
from portal.web.review.blueprint import blueprint

__all__ = ["account", "approve", "blueprint", "case", "claims", "decline", "queue", "reveal", "sign_in"]
