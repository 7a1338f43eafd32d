"""One byte form for one value: what is hashed, signed and attached."""

import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import Final

spelt: Final = JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""How JSON is written into a column of text: the canonical form, but that numbers may be fractions and text is left as it came."""
_LITERALS = {None: "null", True: "true", False: "false"}


def canonical_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; text is NFC, numbers are integers.

    Raises ``TypeError`` on floats, on keys that are not text and on anything that JSON lacks; ``ValueError`` where two keys become
    one under NFC or a text holds half a surrogate pair.
    """
    return _written(value).encode()


def canonical_text(text: str) -> str:
    """A text alone, in quotation marks, as it stands inside such JSON. Raises ``TypeError`` where it is none."""
    return encode_basestring(text if text.isascii() else unicodedata.normalize("NFC", text))


def digest_of(value: object) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()


def _written(value: object) -> str:
    if isinstance(value, str):
        return canonical_text(value)
    if value is None or isinstance(value, bool):
        return _LITERALS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_written, value))}]"
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _object(value: Mapping[object, object]) -> str:
    members: dict[str, str] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"a key must be text, not {type(key).__name__}")
        name = str(key) if key.isascii() else unicodedata.normalize("NFC", key)
        if name in members:
            raise ValueError(f"two keys are the same: {name}")
        members[name] = _written(item)
    return f"{{{','.join([f'{canonical_text(name)}:{members[name]}' for name in sorted(members)])}}}"
