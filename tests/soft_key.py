"""A security key in software, for tests: one site, one owner, ES256, as a browser hands its answers on (WebAuthn, section 5 and 6)."""

import base64
import hashlib
import json
import secrets
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _NEW_KEY = 0x01, 0x04, 0x40
_ES256: Final = -7


class SoftKey:
    """``is_verified`` is whether it was told a PIN; ``count`` how often it has signed."""

    def __init__(self, *, origin: str, host: str) -> None:
        self.origin, self.host = origin, host
        self.id = secrets.token_bytes(32)
        self.handle = b""
        self.count = 0
        self.is_verified = True
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, asked: dict[str, Any]) -> str:
        """The answer to the question for a new key."""
        self.handle = _raw(asked["user"]["id"])
        body = {"fmt": "none", "attStmt": {}, "authData": self._data(_NEW_KEY) + self._credential()}
        return self._said(
            {
                "clientDataJSON": self._client("webauthn.create", asked),
                "attestationObject": cbor2.dumps(body),
            }
        )

    def get(self, asked: dict[str, Any]) -> str:
        """The answer of a key that shows itself."""
        self.count += 1
        client, data = self._client("webauthn.get", asked), self._data()
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._said(
            {
                "clientDataJSON": client,
                "authenticatorData": data,
                "signature": signature,
                "userHandle": self.handle,
            }
        )

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.is_verified else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _credential(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = (each.to_bytes(32, "big") for each in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: _ES256, -1: 1, -2: x, -3: y})
        return bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public

    def _said(self, response: dict[str, bytes]) -> str:
        return json.dumps(
            {
                "id": _text(self.id),
                "rawId": _text(self.id),
                "type": "public-key",
                "response": {name: _text(value) for name, value in response.items()},
                "clientExtensionResults": {},
            }
        )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
