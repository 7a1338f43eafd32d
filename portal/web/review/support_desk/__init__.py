"""Around support calls: wrapping up, what is due, a field in full; for supervisors what looks unusual and what is read again."""

from portal.web.review.support_desk import due, escalations, readings, reveal, unusual, wrap_up

__all__ = ["due", "escalations", "readings", "reveal", "unusual", "wrap_up"]
