"""Accounts of staff: who there is, what they may do, invitations, and what waits for a second person."""

from portal.web.review.staff import changes, invitations, join, member, members, relations

__all__ = ["changes", "invitations", "join", "member", "members", "relations"]
