"""One byte form for one value: what is hashed, signed and attached."""

import json
import unicodedata
from collections.abc import Mapping
from hashlib import sha256


def canonical_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; text is NFC, numbers are integers.

    Raises ``TypeError`` on floats, on keys that are not text and on anything that JSON lacks; ``ValueError`` where two keys become
    one under NFC or a text holds half a surrogate pair.
    """
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(value: object) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()


def _plain(value: object) -> object:
    match value:
        case str():
            return unicodedata.normalize("NFC", str(value))
        case None | bool() | int():
            return value
        case Mapping():
            return _plain_object(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


def _plain_object(value: Mapping[object, object]) -> dict[str, object]:
    plain: dict[str, object] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"a key must be text, not {type(key).__name__}")
        name = unicodedata.normalize("NFC", key)
        if name in plain:
            raise ValueError(f"two keys are the same: {name}")
        plain[name] = _plain(item)
    return plain
