"""E-mails that came back: delivery reports (RFC 3464) in which the server names what it could not deliver."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Final

_KEY: Final = re.compile(r"<([0-9a-f]{32})@[^>]+>")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def keys_of_returned(body: bytes) -> Iterator[tuple[str, str]]:
    """(our key, status code) of each message of ours that a report says has failed; nothing of a delay, or of other people's mail."""
    report = message_from_bytes(body, policy=default)
    status = _failed_status(report)
    if status is None:
        return
    for part in report.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            yield from ((key, status) for key in _KEY.findall(_text_of(part)))


def _failed_status(report: Message) -> str | None:
    """Of the first recipient that could not be reached."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        said = _text_of(part)
        if re.search(r"(?im)^action:\s*failed", said):
            found = _STATUS.search(said)
            return f"mail_{found[0]}" if found else "mail_failed"
    return None


def _text_of(part: Message) -> str:
    return part.as_bytes().decode("utf-8", "replace")
