"""Whom a member of staff is close to: declared by ID number or by a loan's number, and kept as keyed hashes only (rule P18).

A book's ``id_hash`` is SHA-256 of the ID number (HMAC-SHA-256 where lender and portal share a key), in hexadecimal; lenders may cut it to
no fewer than 16 digits, so that is what is compared: 64 bits tell people apart.
"""

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.one_time_codes import keyed_hash

CONFIRM_EVERY: Final = timedelta(days=365)
MOST_DECLARED: Final = 40
_COMPARED: Final = 16
_LONGEST: Final = 40
_CHINESE_ID: Final = re.compile(r"\d{17}[\dX]", re.ASCII)
_OTHER_ID: Final = re.compile(r"(?=.*\d)[A-Z0-9]{6,17}", re.ASCII)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"


class Closeness(StrEnum):
    """Who it is to whoever declares it."""

    ONESELF = "oneself"
    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    OTHER = "other"

    @property
    def relation(self) -> str:
        """As ``staff_relation.kind``."""
        return "oneself" if self is Closeness.ONESELF else "close"


class DeclaredBy(StrEnum):
    """What was typed."""

    ID_NUMBER = "id_number"
    LOAN = "loan"


def parse_id_number(text: str, *, field: str = "id_number") -> str:
    """An identity card's 18 characters with their check digit, or another document's number of 6 to 17 letters and digits.

    Spaces, hyphens and full-width characters are forgiven. Raises ``id_number_missing``, ``id_number_unclear``.
    """
    plain = _tidy(text)
    if not plain:
        raise DomainError("id_number_missing", field=field)
    if _CHINESE_ID.fullmatch(plain):
        total = sum(int(digit) * weight for digit, weight in zip(plain, _WEIGHTS, strict=False))
        if _CHECKS[total % 11] != plain[-1]:
            raise DomainError("id_number_unclear", field=field)
        return plain
    if not _OTHER_ID.fullmatch(plain):
        raise DomainError("id_number_unclear", field=field)
    return plain


def parse_loan_number(text: str, *, field: str = "loan") -> str:
    """Raises ``loan_number_missing``."""
    plain = unicodedata.normalize("NFKC", text[: _LONGEST * 2]).strip()
    if not plain or len(plain) > _LONGEST + 24:
        raise DomainError("loan_number_missing", field=field)
    return plain


def id_hash_of(number: str, *, lenders_key: str) -> str:
    """As a book states it: 64 hexadecimal digits."""
    if lenders_key:
        return hmac.digest(lenders_key.encode(), number.encode(), "sha256").hex()
    return hashlib.sha256(number.encode()).hexdigest()


def person_key(id_hash: str, key: str) -> str:
    """What a declared person is kept and found by."""
    return keyed_hash(id_hash[:_COMPARED].lower(), key, purpose="staff relation, person")


def loan_key(loan_ref: str, key: str) -> str:
    return keyed_hash(loan_ref, key, purpose="staff relation, loan")


def is_due(confirmed_at: datetime | None, now: datetime) -> bool:
    """Whether a member of staff has to say again whom they are close to."""
    return confirmed_at is None or confirmed_at + CONFIRM_EVERY <= now


def _tidy(text: str) -> str:
    return re.sub(r"[\s\-‐-―]", "", unicodedata.normalize("NFKC", text[: 2 * _LONGEST])).upper()
