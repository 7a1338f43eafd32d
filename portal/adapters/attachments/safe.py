"""Attachments at rest: AES-256-GCM under a key made of this deployment's secret, each bound to its own row."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class AttachmentSafe:
    """What lies in the database alone opens nothing: the key stands outside of it."""

    def __init__(self, secret: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal attachments 1")
        self._key = AESGCM(derived.derive(secret.encode()))

    def lock(self, public_id: str, body: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._key.encrypt(nonce, body, _row(public_id))

    def unlock(self, public_id: str, locked: bytes) -> bytes:
        """Raises ``ValueError`` where the bytes were changed, moved to another row, or locked with another key."""
        try:
            return self._key.decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], _row(public_id))
        except InvalidTag as error:
            raise ValueError(f"attachment {public_id} does not open") from error


def _row(public_id: str) -> bytes:
    return f"attachment:body:{public_id}".encode()
