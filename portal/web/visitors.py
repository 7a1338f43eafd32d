"""Sessions of visitors: what their forms need, in a signed cookie and in no row (docs/decisions/0040)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from portal.web import writes

VALID_FOR = timedelta(hours=4)
FRESH_FOR = timedelta(hours=1)
"""A cookie older than this is made anew, so that somebody who keeps looking around never loses a form."""

NAMES = frozenset({"csrf_token"})
"""What a visitor's session may hold; anything else wants a row."""


@dataclass(frozen=True, slots=True)
class VisitorCookie:
    """What a visitor's cookie says, and since when."""

    data: Mapping[str, Any]
    made_at: datetime

    @property
    def is_fresh(self) -> bool:
        return self.made_at + FRESH_FOR > writes.now()


def is_visitors(value: str) -> bool:
    """Told by the dot before the signature, which no token of a row has."""
    return "." in value


def read_visitor(value: str, audience: str) -> VisitorCookie | None:
    """None where the cookie is not ours, is another audience's, or is too old."""
    try:
        said = _serializer(audience).loads(value)
        cookie = VisitorCookie({"csrf_token": said["csrf_token"]}, datetime.fromtimestamp(said["at"], UTC))
    except (BadData, KeyError, TypeError, ValueError):
        return None
    return cookie if cookie.made_at + VALID_FOR > writes.now() else None


def visitors_value(data: Mapping[str, Any], audience: str) -> str:
    """The cookie's value as of now."""
    return _serializer(audience).dumps({**data, "at": int(writes.now().timestamp())})


def _serializer(audience: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        writes.portal().config.secret_key, salt=f"visitor {audience}", signer_kwargs={"digest_method": sha256}
    )
