"""The keys of personal data: from the file that ``PORTAL_DATA_KEYS`` names, or made of the deployment's secret where it names none.

A line of the file is a key's name and 32 bytes in base64; the first seals what is new, the others still open. A name that begins with
``index:`` is the key that numbers and names are looked up by.

What tells one key from another of the same name stands in the names of those that are made of the secret, and of the index's.
"""

import binascii
import re
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.config import Config, ConfigError
from portal.models.keyring import OF_SECRET, Keyring

_INDEX: Final = "index:"
_NAME: Final = re.compile(r"index:[a-z0-9-]{1,14}|[a-z0-9-]{1,32}", re.ASCII)
"""An index's name stands before each hash, in a column of 64."""
_FINGERPRINT_HEX: Final = 8
_BYTES: Final = 32


def keyring_of(config: Config) -> Keyring:
    """What was sealed before a file was named still opens: the secret's own key stands behind the file's.

    Raises ``ConfigError`` where the file cannot be used.
    """
    seen = _seen(config.data_keys)  # before it is read: what changes meanwhile is read again
    named = dict(_keys_in(config.data_keys)) if config.data_keys else {}
    wrapping = {name: key for name, key in named.items() if not name.startswith(_INDEX)}
    indexes = {name.removeprefix(_INDEX): key for name, key in named.items() if name.startswith(_INDEX)}
    if config.data_keys and not wrapping:
        raise ConfigError(f"PORTAL_DATA_KEYS: {config.data_keys} holds no key")
    of_secret = _derived(config.secret_key, b"portal data key 1")
    name = f"{OF_SECRET}{_fingerprint(of_secret)}"
    wrapping[name] = of_secret
    index = name, _derived(config.secret_key, b"portal index key 1")
    for given, key in list(indexes.items())[:1]:
        index = f"{given}-{_fingerprint(key)}", key
    return Keyring(wrapping, index, read_again=_FileReadAgain(config, seen) if config.data_keys else None)


class _FileReadAgain:
    """The ring of the file as it is now. It is read only where it is another than was seen, and one that is just being written tells
    nothing: what stands under a key of it is unknown until the file is whole.
    """

    def __init__(self, config: Config, seen: object) -> None:
        self._config, self._seen = config, seen
        self._ring: Keyring | None = None
        self._turn = threading.Lock()

    def __call__(self) -> Keyring | None:
        with self._turn:
            now = _seen(self._config.data_keys)
            if now != self._seen:
                self._seen = now
                with suppress(ConfigError):
                    self._ring = keyring_of(self._config)
            return self._ring


def _seen(path: Path | None) -> object:
    """What changes with the file; None where there is none."""
    with suppress(OSError):
        if path is not None:
            found = path.stat()
            return found.st_mtime_ns, found.st_size, found.st_ino
    return None


def new_key_line(name: str) -> str:
    """A key that nobody had before, as the file has it. Raises ``ConfigError`` where the name cannot be one."""
    if not _may_be_named(name):
        raise ConfigError(
            "a key's name has up to 32 of a to z, 0 to 9 and hyphens, or index: and up to 14 of them if numbers are to be found by it;"
            " it does not begin with secret"
        )
    return f"{name} {urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode()}"


def _keys_in(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise ConfigError(f"PORTAL_DATA_KEYS: {path} cannot be read") from error
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, body = line.strip().partition(" ")
        key = _decoded(body)
        if not _may_be_named(name) or name in seen or key is None:
            raise ConfigError(f"PORTAL_DATA_KEYS: line {number} of {path} is no name with 32 bytes in base64")
        seen.add(name)
        yield name, key


def _may_be_named(name: str) -> bool:
    own = name.removeprefix(_INDEX)
    return bool(_NAME.fullmatch(name)) and not f"{own}-".startswith(OF_SECRET)


def _fingerprint(key: bytes) -> str:
    return sha256(b"portal fingerprint 1:" + key).hexdigest()[:_FINGERPRINT_HEX]


def _decoded(body: str) -> bytes | None:
    try:
        key = urlsafe_b64decode(body.strip())
    except binascii.Error:
        return None
    return key if len(key) == _BYTES else None


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=purpose).derive(secret.encode())
