"""Where a request comes from, and how long its codes are good."""

from datetime import timedelta

from flask import request

from portal.domain.network_places import place_of, visitor_of
from portal.domain.one_time_codes import LIFETIME
from portal.services.one_time_codes import CodeDoor
from portal.web import writes
from portal.web.elder_view import with_patience


def place() -> str:
    """What tries from the reader's address count for."""
    trusted = writes.portal().config.trusted_proxies
    forwarded = request.headers.get("X-Forwarded-For", "") if trusted else ""
    return place_of(visitor_of(request.remote_addr or "", forwarded, trusted))


def code_door() -> CodeDoor:
    config = writes.portal().config
    return CodeDoor(key=config.secret_key, hash_key=config.hash_key, address=place())


def code_lifetime() -> timedelta:
    """How long a code that this reader asks for is good."""
    return with_patience(LIFETIME)


def code_minutes() -> int:
    return int(code_lifetime().total_seconds()) // 60
