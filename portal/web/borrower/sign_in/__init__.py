"""Signing in: mobile, code, the ending of the ID; and signing out."""

from portal.web.borrower.sign_in import code, ending, mobile, out

__all__ = ["code", "ending", "mobile", "out"]
