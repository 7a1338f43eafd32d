"""JSON as a database keeps it, brought into its canonical form."""

import json
import re
from typing import Final

import orjson

from portal.domain.canonical_json import canonical_json, spelt

_SPELLINGS: Final = (spelt, json.JSONEncoder().encode)
"""How this program writes JSON into a column of text, and how it did before."""
_has_long_number: Final = re.compile(r" -?[0-9]{19}").search
_begins_with_long_number: Final = re.compile(r"\[-?[0-9]{19}").search
"""Beyond this orjson takes whole numbers for something else. As PostgreSQL spells them, behind a space or a bracket: an expression that
begins with the character itself is looked for ten times as fast.
"""


def canonical_of_text(stored: str) -> str | None:
    """Of what is kept as it was written. None for what is no JSON, has no canonical form, or is not spelt as this program spells it.

    Most is spelt in its canonical form and is given back unread: what it says is for its leaf to tell.
    """
    if stored.isascii() and '": ' not in stored:
        return stored
    try:
        value = json.loads(stored)
        is_ours = any(spell(value) == stored for spell in _SPELLINGS)
        return canonical_json(value).decode() if is_ours else None
    except (TypeError, ValueError):
        return None


def canonical_of_values(stored: str) -> str | None:
    """Of what is kept as values, which a database spells in its own way. None for what has no canonical form."""
    if stored.isascii() and not _has_long_number(stored) and not _begins_with_long_number(stored):
        try:
            canonical = orjson.dumps(orjson.loads(stored), option=orjson.OPT_SORT_KEYS)
        except orjson.JSONDecodeError:
            return _by_the_long_way(stored)
        # Text beyond ASCII may have another normal form.
        if canonical.isascii():
            return canonical.decode()
    return _by_the_long_way(stored)


def _by_the_long_way(stored: str) -> str | None:
    try:
        return canonical_json(json.loads(stored)).decode()
    except (TypeError, ValueError):
        return None
