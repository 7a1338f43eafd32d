"""Writing with staff about a plan or a case: the thread, its files, and the list of all threads."""

from portal.web.borrower.threads import attachment, inbox, thread

__all__ = ["attachment", "inbox", "thread"]
