"""Messages at the desk: the part on a case's page, a thread by itself, the list of who waits, and the files."""

from portal.web.review.threads import attachment, thread, waiting

__all__ = ["attachment", "thread", "waiting"]
