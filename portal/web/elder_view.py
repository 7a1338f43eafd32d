"""The elder view: larger text and targets, and twice the time. A cookie remembers it; nobody needs to be signed in or to run scripts."""

from datetime import timedelta

from flask import Response

from portal.web.cookies import keep_choice, kept_choice

COOKIE = "view"
ELDER = "elder"
USUAL = "usual"


def is_elder_view() -> bool:
    return kept_choice(COOKIE) == ELDER


def with_patience(span: timedelta) -> timedelta:
    """How long something stays open for this reader: twice as long in the elder view."""
    return longest(span) if is_elder_view() else span


def longest(span: timedelta) -> timedelta:
    """What it is in the elder view."""
    return span * 2


def keep_view(response: Response, view: str) -> None:
    """Remember a view that was chosen; any other word changes nothing."""
    if view in {ELDER, USUAL}:
        keep_choice(response, COOKIE, view)
