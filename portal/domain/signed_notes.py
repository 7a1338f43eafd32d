"""Notes signed by keys, as text (C2SP ``signed-note``): what is said, an empty line, and a line for each signature.

The text form only; whoever signs or checks hands in how. Keys are Ed25519 (signature type 1): 32 bytes public, 64 bytes signature.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

Sign = Callable[[bytes], bytes]
IsSignedBy = Callable[[bytes, bytes, bytes], bool]
"""``is_signed_by(public_key, signature, message)``."""

_ED25519 = b"\x01"
_DASH = "\u2014 "
MOST_SIGNATURES = 16
LARGEST = 16 * 1024
"""Characters; a checkpoint has some two hundred."""


class NoteError(ValueError):
    """Its text is ``unreadable``, ``unsigned`` (by no known key) or ``forged`` (a known key's signature does not hold)."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key and the name that it signs under: no spaces, no plus."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise ValueError(f"not a key's name: {self.name!r}")

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart; no proof of anything."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    def __str__(self) -> str:
        """The form in which keys are handed around: ``name+id+base64``."""
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.public_key).decode()}"

    @classmethod
    def parse(cls, text: str) -> "NoteKey":
        """What ``str`` gave. Raises ``NoteError``."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        packed = _unpacked(encoded)
        if not _is_name(name) or len(packed) != 33 or packed[:1] != _ED25519:
            raise NoteError("unreadable")
        key = cls(name, packed[1:])
        if key.id.hex() != key_id:
            raise NoteError("unreadable")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """``text`` ends with its last line's end; the empty line before the signatures is not part of it."""

    text: str
    signatures: Sequence[Signature]

    def __str__(self) -> str:
        lines = (
            f"{_DASH}{each.name} {b64encode(each.key_id + each.value).decode()}\n" for each in self.signatures
        )
        return f"{self.text}\n{''.join(lines)}"

    @classmethod
    def parse(cls, note: str) -> "SignedNote":
        """Raises ``NoteError`` ``unreadable`` for what is no such note."""
        text, gap, rest = note.rpartition("\n\n")
        if len(note) > LARGEST or not gap or not _is_text(note) or not rest.endswith("\n"):
            raise NoteError("unreadable")
        lines = rest.removesuffix("\n").split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise NoteError("unreadable")
        return cls(f"{text}\n", tuple(map(_signature, lines)))

    def signers(self, keys: Iterable[NoteKey], is_signed_by: IsSignedBy) -> list[NoteKey]:
        """Which of the known keys signed it, at least one; strangers' signatures are passed over.

        Raises ``NoteError``: ``unsigned`` where none did, ``forged`` where one's signature does not hold.
        """
        known = {(key.name, key.id): key for key in keys}
        found = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not is_signed_by(key.public_key, signature.value, self.text.encode()):
                raise NoteError("forged")
            found.append(key)
        if not found:
            raise NoteError("unsigned")
        return found


def sign_note(text: str, key: NoteKey, sign: Sign) -> SignedNote:
    """Raises ``ValueError`` where the text does not end with a line's end or carries control characters."""
    if not text.endswith("\n") or not _is_text(text):
        raise ValueError("a note is whole lines of plain text")
    return SignedNote(text, (Signature(key.name, key.id, sign(text.encode())),))


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    packed = _unpacked(encoded)
    if not line.startswith(_DASH) or not _is_name(name) or len(packed) < 5:
        raise NoteError("unreadable")
    return Signature(name, packed[:4], packed[4:])


def _is_name(name: str) -> bool:
    return bool(name) and name.split() == [name] and "+" not in name


def _is_text(text: str) -> bool:
    return all(character >= " " or character == "\n" for character in text)


def _unpacked(encoded: str) -> bytes:
    """Empty for what is no base64, or says in another spelling what has one already."""
    try:
        packed = b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return packed if b64encode(packed).decode() == encoded else b""
