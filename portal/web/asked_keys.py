"""Asking a security key through the browser: the challenge is kept in the session, for one purpose, and good for one answer."""

import base64
import binascii
from enum import StrEnum
from ipaddress import ip_address

from flask import Response, current_app, request

from portal.services.ports import AskedKey, KeySite
from portal.services.staff_keys import Answer
from portal.web import sessions, writes

_HANDLE = "key_handle"


class Purpose(StrEnum):
    """What a key is asked for. A proof may be asked for while a new key waits to be added: one does not use up the other's challenge."""

    ENTER = "key_challenge_enter"
    PROVE = "key_challenge_prove"
    ADD = "key_challenge_add"


def site() -> KeySite:
    """This host, which is one of the trusted ones, and its pages."""
    schemes = ("https",) if writes.portal().config.secure_cookies else ("https", "http")
    return KeySite(_host(), tuple(f"{scheme}://{request.host}" for scheme in schemes))


def can_be_asked() -> bool:
    """Keys answer for names only: an address of numbers has none."""
    try:
        ip_address(_host().strip("[]"))
    except ValueError:
        return True
    return False


def asked(key: AskedKey, purpose: Purpose, *, handle: bytes | None = None) -> Response:
    """The question as the browser wants it; ``handle`` is of a new key."""
    kept = sessions.current()
    kept[purpose] = _text(key.challenge)
    if handle is not None:
        kept[_HANDLE] = _text(handle)
    return current_app.response_class(key.options, mimetype="application/json")


def answer(body: str, purpose: Purpose) -> Answer | None:
    """With the challenge that was kept, which is used up by it; None where none was."""
    challenge = sessions.current().pop(purpose, None)
    return None if challenge is None else Answer(site(), _bytes(challenge), body)


def kept_handle() -> bytes:
    """What the new key was told to know its owner by."""
    return _bytes(sessions.current().pop(_HANDLE, ""))


def _host() -> str:
    return request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
