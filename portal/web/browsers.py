"""What a browser calls itself, in two words that its owner knows it by. No identification: anybody can claim anything."""

from collections.abc import Sequence
from typing import Final

# In this order: each of them also names those below it.
_BROWSERS: Final[Sequence[tuple[str, str]]] = (
    ("MicroMessenger/", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final[Sequence[tuple[str, str]]] = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_words(user_agent: str) -> str:
    """``Chrome · Windows``; "" where nothing in it is known."""
    found = [_first(table, user_agent) for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in found if name)


def _first(table: Sequence[tuple[str, str]], user_agent: str) -> str:
    return next((name for token, name in table if token in user_agent), "")
