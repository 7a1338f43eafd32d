"""The key that signs the record's checkpoints: Ed25519, one PEM file, readable by its owner alone.

Beside it, ``.keys`` in place of its ending, lie the public keys that checkpoints are checked against, one a line: past ones stay
there, and a process that only checks needs no key.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from portal.adapters.key_files import write_key_once
from portal.config import Config
from portal.domain.errors import DomainError
from portal.domain.signed_notes import NoteError, NoteKey, SignedNote, sign_note


@dataclass(frozen=True, slots=True)
class RecordKey:
    """A private key and the name that it signs under."""

    private: Ed25519PrivateKey
    public: NoteKey

    def sign(self, text: str) -> SignedNote:
        return sign_note(text, self.public, self.private.sign)


def record_key_path(config: Config) -> Path:
    """Where this deployment keeps the record's key."""
    return config.data_dir / "record.pem"


def record_origin(config: Config) -> str:
    """The record's name on its checkpoints: the address without its scheme, and what it is."""
    return config.base_url.partition("://")[2].strip("/") + "/record"


def load_record_key(path: Path) -> RecordKey:
    """Raises ``record_key_unusable`` where the file is missing, is no such key, or others can read it, or its public part is not beside it.

    The name it signs under stands there: a portal that moves to another address goes on under the old one.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise DomainError("record_key_unusable", reason="others can read it; chmod 600")
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DomainError("record_key_unusable", reason=type(error).__name__) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise DomainError("record_key_unusable", reason="not an Ed25519 key")
    mine = private.public_key().public_bytes_raw()
    public = next((key for key in load_public_keys(path) if key.public_key == mine), None)
    if public is None:
        raise DomainError(
            "record_key_unusable", reason=f"its public part is not in {_public_beside(path).name}"
        )
    return RecordKey(private, public)


def make_record_key(path: Path, origin: str) -> RecordKey:
    """Make a key and write it, mode 0600, its public part beside it. Raises ``record_key_exists``; never overwrites."""
    private = Ed25519PrivateKey.generate()
    key = RecordKey(private, NoteKey(origin, private.public_key().public_bytes_raw()))
    if path.exists():
        raise DomainError("record_key_exists")
    path.parent.mkdir(parents=True, exist_ok=True)
    # The public part first: whoever finds the key finds it too. One whose key came second signs nothing and does no harm.
    with _public_beside(path).open("a", encoding="utf-8") as file:
        file.write(f"{key.public}\n")
    body = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_key_once(path, body, exists="record_key_exists")
    return key


def open_record_key(path: Path, origin: str) -> RecordKey:
    """The key at ``path``, made where there is none: for demo and test, where two processes may come first at once."""
    if not path.exists():
        with suppress(DomainError):
            return make_record_key(path, origin)
    return load_record_key(path)


def load_public_keys(path: Path) -> Sequence[NoteKey]:
    """The public keys that checkpoints of the key file at ``path`` are checked against; none where there is no file of them.

    Raises ``record_key_unusable`` where a line is no key.
    """
    beside = _public_beside(path)
    if not beside.exists():
        return ()
    try:
        return tuple(NoteKey.parse(line) for line in beside.read_text(encoding="utf-8").splitlines() if line)
    except NoteError as error:
        raise DomainError(
            "record_key_unusable", reason=f"{beside.name} holds a line that is no key"
        ) from error


def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the Ed25519 signature holds."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public_beside(path: Path) -> Path:
    return path.with_suffix(".keys")
