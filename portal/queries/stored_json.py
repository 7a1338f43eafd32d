"""JSON as a database keeps it, brought into its canonical form: thousands of small texts at once, for one call costs more than its work."""

import json
import secrets
from collections.abc import Sequence
from contextlib import suppress

from portal.domain.canonical_json import canonical_json

_AS_WRITTEN = json.JSONEncoder().encode
_SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_BETWEEN = f'"{secrets.token_hex(16)}"'
"""Stands between two texts, so that their canonical forms can be taken apart again; nobody who wrote them can know it."""


def canonical_texts(stored: Sequence[str | None], *, is_as_written: bool) -> Sequence[str | None]:
    """None for what is no JSON or has no canonical form, and where ``is_as_written``, for what is not spelt as this program spells it."""
    with suppress(TypeError, ValueError):
        found = _all_at_once([text for text in stored if text is not None], is_as_written=is_as_written)
        if len(found) == len(stored):
            return found
    return [_one(text, is_as_written=is_as_written) for text in stored]


def _all_at_once(stored: Sequence[str], *, is_as_written: bool) -> Sequence[str]:
    """Empty where something about one of them is out of the ordinary: they are looked at one by one then."""
    joined = f"[{f', {_BETWEEN}, '.join(stored)}]"
    values = json.loads(joined)
    if len(values) != 2 * len(stored) - 1 or (is_as_written and _AS_WRITTEN(values) != joined):
        return []
    canonical = _SORTED(values)
    # Texts beyond ASCII may have another normal form.
    return canonical[1:-1].split(f",{_BETWEEN},") if canonical.isascii() else []


def _one(stored: str | None, *, is_as_written: bool) -> str | None:
    try:
        value = json.loads(stored)  # type: ignore[arg-type]
        if is_as_written and _AS_WRITTEN(value) != stored:
            return None
        return canonical_json(value).decode()
    except (TypeError, ValueError):
        return None
