"""Check codes: 80 random bits that a person can read off paper and type.

16 characters of Crockford's base 32 and one check character, written ``7K3M-9QXR-04TW-HZ5C4``. The check is a weighted sum over
GF(32) (x^5 + x^2 + 1, weights are powers of x): it finds every single wrong character and every swap of two.
"""

import re
import unicodedata
from functools import reduce
from typing import Final

from portal.domain.errors import DomainError

RANDOM_BYTES: Final = 10
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN: Final = f"(?:[{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]{{5}}"
"""The written form, for finding codes in text."""

_LENGTH: Final = 17
_LONGEST: Final = 64
_LOOK_ALIKES: Final = str.maketrans("OIL", "011")
_BITS: Final = 5


def new_check_code(random_bytes: bytes) -> str:
    """The code that stands for exactly ``RANDOM_BYTES`` bytes from a cryptographic source."""
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a check code needs {RANDOM_BYTES} random bytes, not {len(random_bytes)}")
    number = int.from_bytes(random_bytes)
    values = [number >> shift & 31 for shift in range(75, -1, -_BITS)]
    return _written("".join(ALPHABET[value] for value in [*values, _check(values)]))


def parse_check_code(text: str) -> str:
    """The written form of what somebody typed: spaces, hyphens, case, full-width forms, O for 0, I and L for 1 are forgiven.

    Raises ``check_code_malformed`` where it cannot be a code at all, ``check_code_mistyped`` where a character must be wrong.
    """
    wide = unicodedata.normalize("NFKC", text[:_LONGEST]).upper()
    plain = re.sub(r"[\s\-‐-―−_.·]", "", wide).translate(_LOOK_ALIKES)
    if len(plain) != _LENGTH or not plain.isascii() or not plain.isalnum():
        raise DomainError("check_code_malformed", field="code")
    values = [ALPHABET.find(character) for character in plain]
    if -1 in values or _check(values[:-1]) != values[-1]:
        raise DomainError("check_code_mistyped", field="code")
    return _written(plain)


def _written(plain: str) -> str:
    return "-".join([plain[:4], plain[4:8], plain[8:12], plain[12:]])


def _check(values: list[int]) -> int:
    return _times_x(reduce(lambda total, value: _times_x(total) ^ value, values, 0))


def _times_x(value: int) -> int:
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled
