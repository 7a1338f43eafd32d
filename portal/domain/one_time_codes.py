"""One-time codes: six digits that the secret key makes of a seed; kept nowhere, so nowhere to be read."""

import hmac
import re
import unicodedata
from datetime import timedelta
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError

LIFETIME: Final = timedelta(minutes=5)
MOST_TRIES: Final = 5
DIGITS: Final = 6
_LONGEST: Final = 32


class CodePurpose(StrEnum):
    """What a code opens. Its target is the mobile (sign_in, new_number), the content hash of what is signed (signing), or the keyed hash of
    an address of e-mail that is to be confirmed (new_email).
    """

    SIGN_IN = "sign_in"
    SIGNING = "signing"
    NEW_NUMBER = "new_number"
    NEW_EMAIL = "new_email"


def code_of(seed: str, key: str) -> str:
    """The six digits that belong to a seed."""
    made = hmac.digest(key.encode(), f"one-time code:{seed}".encode(), "sha256")
    return str(int.from_bytes(made) % 10**DIGITS).zfill(DIGITS)


def keyed_hash(text: str, key: str, *, purpose: str) -> str:
    """64 hexadecimal digits that say nothing of a number or an address to who lacks the key."""
    return hmac.digest(key.encode(), f"{purpose}:{text}".encode(), "sha256").hex()


def parse_code(text: str, *, field: str | None = "code") -> str:
    """Six plain digits; spaces, hyphens and full-width digits are forgiven. Raises ``code_missing`` or ``code_unclear``."""
    plain = re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", text[:_LONGEST]))
    if not plain:
        raise DomainError("code_missing", field=field)
    if len(text) > _LONGEST or not re.fullmatch(rf"[0-9]{{{DIGITS}}}", plain):
        raise DomainError("code_unclear", field=field)
    return plain


def parse_ending(text: str, *, field: str | None = "ending") -> str:
    """The last four of an ID: three digits and a digit or X. Raises ``ending_missing`` or ``ending_unclear``."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text[:_LONGEST])).upper()
    if not plain:
        raise DomainError("ending_missing", field=field)
    if len(text) > _LONGEST or not re.fullmatch(r"[0-9]{3}[0-9X]", plain):
        raise DomainError("ending_unclear", field=field)
    return plain
