"""Is this message from us? A reference in every message, and the words that we sent beside the words that somebody got."""

import hmac
import re
import unicodedata
from enum import StrEnum
from typing import Final

from portal.domain.errors import DomainError

LONGEST: Final = 1000
"""Characters of a message that somebody types or pastes."""
HIDDEN: Final = "••••••"
"""Stands for a code wherever a message is kept or shown again."""

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH: Final = 8
_ONE: Final = f"[{_ALPHABET}]"
_ALONE: Final = re.compile(rf"({_ONE}{{4}})[-\s]?({_ONE}{{4}})")
_WITHIN: Final = re.compile(rf"(?<![A-Z0-9])({_ONE}{{4}})-({_ONE}{{4}})(?![A-Z0-9])")
_MOST_READ: Final = 5
_WHERE_A_CODE_WAS: Final = ".{0,12}"


class MessageVerdict(StrEnum):
    """``ours``: these very words. ``reference_ours``: the number alone was given. ``words_differ``: our number under other words."""

    OURS = "ours"
    REFERENCE_OURS = "reference_ours"
    WORDS_DIFFER = "words_differ"
    UNKNOWN = "unknown"


def message_reference(seed: str, key: str) -> str:
    """``7K3M-9QXR``: about 39 bits that the secret key makes of what asked for the message, so that a repeated run sends the same."""
    number = int.from_bytes(hmac.digest(key.encode(), f"message:{seed}".encode(), "sha256"))
    plain = ""
    for _ in range(_LENGTH):
        number, place = divmod(number, len(_ALPHABET))
        plain += _ALPHABET[place]
    return f"{plain[:4]}-{plain[4:]}"


def read_message(text: str, *, field: str = "message") -> str:
    """What was pasted, as it is compared. Raises ``message_missing`` or ``message_too_long``."""
    if len(text) > LONGEST:
        raise DomainError("message_too_long", field=field, most=LONGEST)
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        raise DomainError("message_missing", field=field)
    return plain


def references_in(message: str) -> tuple[str, ...]:
    """The references that a message (or what was typed for one) may carry, at most five."""
    wide = re.sub(r"[‐-―−]", "-", message.upper())
    alone = _ALONE.fullmatch(wide)
    found = [alone] if alone else _WITHIN.finditer(wide)
    return tuple(dict.fromkeys(f"{match[1]}-{match[2]}" for match in found))[:_MOST_READ]


def is_reference_alone(message: str) -> bool:
    return _ALONE.fullmatch(re.sub(r"[‐-―−]", "-", message.upper())) is not None


def says_the_same(pasted: str, kept: str) -> bool:
    """Whether the words are those that we kept; spaces aside, and whatever stands (or no longer stands) where the code was."""
    parts = [re.escape(_tight(part)) for part in kept.split(HIDDEN)]
    return re.fullmatch(_WHERE_A_CODE_WAS.join(parts), _tight(pasted)) is not None


def _tight(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
