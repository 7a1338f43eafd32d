"""Addresses of e-mail as people type them."""

import re
import unicodedata
from typing import Final

from portal.domain.errors import DomainError

LONGEST: Final = 254
_SHAPE: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_LONGEST_LOCAL: Final = 64


def parse_email(text: str, *, field: str | None = "email") -> str:
    """As it is sent to: ASCII, the domain in small letters. Raises ``email_missing`` or ``email_unclear``."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text[: LONGEST + 46]))
    if not plain:
        raise DomainError("email_missing", field=field)
    local, _, domain = plain.rpartition("@")
    if len(plain) > LONGEST or len(local) > _LONGEST_LOCAL or not _SHAPE.fullmatch(plain):
        raise DomainError("email_unclear", field=field)
    return f"{local}@{domain.lower()}"
