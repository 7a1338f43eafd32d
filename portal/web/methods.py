"""Methods of requests as they are told elsewhere: anybody can send any other word, and none of those is kept."""

from typing import Final

_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def told_method(method: str) -> str:
    return method if method in _METHODS else "other"
