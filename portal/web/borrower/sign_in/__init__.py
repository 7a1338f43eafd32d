"""Signing in: mobile, code, the ending of the ID; signing out; and what to do where one of them does not work."""

from portal.web.borrower.sign_in import code, ending, mobile, no_code, not_me, number_change, out

__all__ = ["code", "ending", "mobile", "no_code", "not_me", "number_change", "out"]
