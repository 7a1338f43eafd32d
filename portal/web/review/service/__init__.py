"""What borrowers and visitors bring up, at the desk: the queue, a case and what is done with it, requests to the lender, visitors."""

from portal.web.review.service import acts, caller, case, corrections, decide, lender, queue, visitors

__all__ = ["acts", "caller", "case", "corrections", "decide", "lender", "queue", "visitors"]
