"""Support calls at the desk: started by a number, opened by the borrower, drafting together, handed over; and what is refused in one."""

from portal.web.review.support import acts, borrowers_pages, call, draft, situation, start

__all__ = ["acts", "borrowers_pages", "call", "draft", "situation", "start"]
