"""The keys that personal data stands under. They come from outside of the database; what is in it alone opens nothing."""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Engine

OF_SECRET: Final = "secret-"  # noqa: S105 - how a name begins
"""How the names of keys begin that are made of the deployment's secret; what follows tells one secret from another."""
_NONCE: Final = 12
_DIGEST_HEX: Final = 40


class SealBrokenError(Exception):
    """What is kept does not open: it was changed, was written elsewhere, or its key is not here. Names the place, never a value."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """``wrapping`` holds keys of 32 bytes by their names, the first seals what is new; ``index`` makes what numbers are looked up by.

    ``read_again`` gives the ring as its file has it now, None where that is no other: a key that is unknown may have been added since.
    """

    wrapping: Mapping[str, bytes] = field(repr=False)
    index: tuple[str, bytes] = field(repr=False)
    read_again: "Callable[[], Keyring | None] | None" = field(default=None, repr=False)
    _ciphers: dict[str, AESGCM] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._ciphers.update({name: AESGCM(key) for name, key in self.wrapping.items()})

    @property
    def current(self) -> str:
        """The name of the key that seals what is new."""
        return next(iter(self.wrapping))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.wrapping)

    def seal(self, place: str, plain: bytes) -> str:
        """``name.base64`` under the current key, bound to its place (``table:column:row``)."""
        return f"{self.current}.{sealed(self._ciphers[self.current], place, plain)}"

    def open(self, place: str, kept: str) -> bytes:
        """Raises ``SealBrokenError``."""
        name, _, body = kept.partition(".")
        cipher = self._ciphers.get(name) or self._added_since(name)
        if cipher is None:
            raise SealBrokenError(f"{place} stands under the key {name!r}, which is not among the data keys")
        return opened(cipher, place, body)

    def _added_since(self, name: str) -> AESGCM | None:
        if self.read_again is None:
            return None
        now = self.read_again()
        found = now._ciphers.get(name) if now else None  # noqa: SLF001 - another ring of the same kind
        if found is not None:
            self._ciphers[name] = found
        return found

    def digest(self, place: str, text: str) -> str:
        """``name.hex``: the same for the same text, and nothing to whoever lacks the index's key."""
        name, key = self.index
        return f"{name}.{hmac.digest(key, f'{place}:{text}'.encode(), 'sha256').hex()[:_DIGEST_HEX]}"


def sealed(cipher: AESGCM, place: str, plain: bytes) -> str:
    """Base64 of what ``sealed_bytes`` gives."""
    return urlsafe_b64encode(sealed_bytes(cipher, place, plain)).decode()


def sealed_bytes(cipher: AESGCM, place: str, plain: bytes) -> bytes:
    """A nonce and AES-GCM's answer."""
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, place.encode())


def opened(cipher: AESGCM, place: str, kept: str) -> bytes:
    """Raises ``SealBrokenError``."""
    try:
        body = urlsafe_b64decode(kept)
    except ValueError as error:
        raise _broken(place) from error
    return opened_bytes(cipher, place, body)


def opened_bytes(cipher: AESGCM, place: str, kept: bytes) -> bytes:
    """Raises ``SealBrokenError``."""
    try:
        return cipher.decrypt(kept[:_NONCE], kept[_NONCE:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise _broken(place) from error


def _broken(place: str) -> SealBrokenError:
    return SealBrokenError(f"{place} was changed, or stands where it was not written")


_RINGS: Final[WeakKeyDictionary[Dialect, Callable[[], Keyring]]] = WeakKeyDictionary()


def give_keys(engine: Engine, ask: Callable[[], Keyring]) -> None:
    """From now on what goes through this engine is sealed and opened with these keys; ``ask`` is called when one is needed."""
    _RINGS[engine.dialect] = ask


def keys_of(dialect: Dialect) -> Keyring:
    """Raises ``SealBrokenError`` where the engine was given none."""
    ask = _RINGS.get(dialect)
    if ask is None:
        raise SealBrokenError("this engine was given no data keys")
    return ask()
