"""What people write in their own words, made fit to keep: nothing invisible that a database, a page or a document would choke on."""

import unicodedata
from typing import Final

from portal.domain.errors import DomainError

_KEPT: Final = "\n\t"
_TURNS_DIRECTION: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def clean_text(text: str, *, field: str, most: int) -> str:
    """What ``visible`` leaves, without space around it; raises ``text_missing`` or ``text_too_long``."""
    kept = visible(text).strip()
    if not kept:
        raise DomainError("text_missing", field=field)
    if len(kept) > most:
        raise DomainError("text_too_long", field=field, most=most)
    return kept


def visible(text: str) -> str:
    """NFC, line ends as newlines, no control characters, half surrogates, non-characters or direction marks."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(character for character in plain if character in _KEPT or not _is_unseen(character))


def _is_unseen(character: str) -> bool:
    is_broken = unicodedata.category(character) in {"Cc", "Cs", "Cn"}
    return is_broken or unicodedata.bidirectional(character) in _TURNS_DIRECTION
