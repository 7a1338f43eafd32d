"""The key that signs the record's checkpoints: Ed25519, one PEM file, readable by its owner alone.

Beside it, ``.keys`` in place of its ending, lie the public keys that checkpoints are checked against, one a line: past ones stay
there with the size that they signed up to, and a process that only checks needs no key.
"""

import os
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

from portal.adapters.key_files import why_unusable, write_key_once
from portal.config import Config
from portal.domain.errors import DomainError
from portal.domain.record_keys import TrustedKey, ended
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
    private = _loaded(path)
    mine = private.public_key().public_bytes_raw()
    public = next((each.key for each in load_trusted_keys(path) if each.key.public_key == mine), None)
    if public is None:
        raise DomainError(
            "record_key_unusable", reason=f"its public part is not in {_public_beside(path).name}"
        )
    return RecordKey(private, public)


def make_record_key(path: Path, origin: str) -> RecordKey:
    """Make a key and write it, mode 0600, its public part beside it. Raises ``record_key_exists``; never overwrites."""
    key = _generated(origin)
    if path.exists():
        raise DomainError("record_key_exists")
    path.parent.mkdir(parents=True, exist_ok=True)
    # The public part first: whoever finds the key finds it too. One whose key came second signs nothing and does no harm.
    with _public_beside(path).open("a", encoding="utf-8") as file:
        file.write(f"{key.public}\n")
    _write(path, key)
    return key


def make_next_key(path: Path, origin: str) -> RecordKey:
    """A key that is to take the place of the one at ``path``: made beside it, or found there where a change was broken off."""
    waiting = _next_beside(path)
    if not waiting.exists():
        _write(waiting, _generated(origin))
    private = _loaded(waiting)
    return RecordKey(private, NoteKey(origin, private.public_key().public_bytes_raw()))


def trust_next_key(path: Path, key: RecordKey) -> None:
    """Its public part is published before it signs anything."""
    if key.public not in load_public_keys(path):
        _write_keys(path, [*load_trusted_keys(path), TrustedKey(key.public)])


def adopt_next_key(path: Path, old: NoteKey, *, until: int) -> None:
    """The next key takes the place of the old, whose private part is gone from then on; the old signed up to ``until``."""
    _write_keys(path, ended(load_trusted_keys(path), old, until))
    _next_beside(path).replace(path)


def open_record_key(path: Path, origin: str) -> RecordKey:
    """The key at ``path``, made where there is none: for demo and test, where two processes may come first at once."""
    if not path.exists():
        with suppress(DomainError):
            return make_record_key(path, origin)
    return load_record_key(path)


def load_trusted_keys(path: Path) -> Sequence[TrustedKey]:
    """The public keys that checkpoints of the key file at ``path`` are checked against; none where there is no file of them.

    Raises ``record_key_unusable`` where a line is no key.
    """
    return read_trusted_keys(_public_beside(path))


def read_trusted_keys(file: Path) -> Sequence[TrustedKey]:
    """The same of a file of keys that was kept anywhere."""
    if not file.exists():
        return ()
    try:
        return tuple(TrustedKey.parse(line) for line in file.read_text(encoding="utf-8").splitlines() if line)
    except NoteError as error:
        raise DomainError("record_key_unusable", reason=f"{file.name} holds a line that is no key") from error


def load_public_keys(path: Path) -> Sequence[NoteKey]:
    """The keys alone, past ones included."""
    return [each.key for each in load_trusted_keys(path)]


def is_signed_by(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the Ed25519 signature holds."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _public_beside(path: Path) -> Path:
    return path.with_suffix(".keys")


def _next_beside(path: Path) -> Path:
    return path.with_suffix(".next.pem")


def _generated(origin: str) -> RecordKey:
    private = Ed25519PrivateKey.generate()
    return RecordKey(private, NoteKey(origin, private.public_key().public_bytes_raw()))


def _write(path: Path, key: RecordKey) -> None:
    body = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_key_once(path, body, exists="record_key_exists")


def _loaded(path: Path) -> Ed25519PrivateKey:
    try:
        if path.stat().st_mode & 0o077:
            raise DomainError("record_key_unusable", reason="others can read it; chmod 600")
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise DomainError("record_key_unusable", reason=why_unusable(error)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise DomainError("record_key_unusable", reason="not an Ed25519 key")
    return private


def _write_keys(path: Path, keys: Sequence[TrustedKey]) -> None:
    """All of them or none: whoever reads meanwhile finds the lines before or after."""
    beside = _public_beside(path)
    fresh = beside.with_suffix(".keys.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.writelines(f"{key}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(beside)
