"""What people write in their own words, made fit to keep: nothing invisible that a database, a page or a document would choke on."""

import unicodedata

from portal.domain.errors import DomainError

_KEPT = "\n\t"


def clean_text(text: str, *, field: str, most: int) -> str:
    """NFC, line ends as newlines, no control characters and no direction marks; raises ``text_missing`` or ``text_too_long``."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in plain if c in _KEPT or not _is_unseen(c)).strip()
    if not kept:
        raise DomainError("text_missing", field=field)
    if len(kept) > most:
        raise DomainError("text_too_long", field=field, most=most)
    return kept


def _is_unseen(character: str) -> bool:
    """Control characters, half surrogates, unassigned code points, and what turns the reading direction."""
    category = unicodedata.category(character)
    return category in {"Cc", "Cs", "Cn"} or unicodedata.bidirectional(character) in {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
