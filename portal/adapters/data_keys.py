"""The keys of personal data: from the file that ``PORTAL_DATA_KEYS`` names, or made of the deployment's secret where it names none.

A line of the file is a key's name and 32 bytes in base64; the first seals what is new, the others still open. A name that begins with
``index:`` is the key that numbers and names are looked up by.
"""

import binascii
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.config import Config, ConfigError
from portal.models.keyring import Keyring

OF_SECRET: Final = "secret"  # noqa: S105 - a name
"""The name of the keys that are made of the deployment's secret."""
_INDEX: Final = "index:"
_NAME: Final = re.compile(r"(?:index:)?[a-z0-9-]{1,32}", re.ASCII)
_BYTES: Final = 32


def keyring_of(config: Config) -> Keyring:
    """What was sealed before a file was named still opens: the secret's own key stands behind the file's.

    Raises ``ConfigError`` where the file cannot be used.
    """
    named = dict(_keys_in(config.data_keys)) if config.data_keys else {}
    wrapping = {name: key for name, key in named.items() if not name.startswith(_INDEX)}
    indexes = {name.removeprefix(_INDEX): key for name, key in named.items() if name.startswith(_INDEX)}
    if config.data_keys and not wrapping:
        raise ConfigError(f"PORTAL_DATA_KEYS: {config.data_keys} holds no key")
    wrapping.setdefault(OF_SECRET, _derived(config.secret_key, b"portal data key 1"))
    index = next(iter(indexes.items()), (OF_SECRET, _derived(config.secret_key, b"portal index key 1")))
    return Keyring(wrapping, index, read_again=lambda: keyring_of(config))


def new_key_line(name: str) -> str:
    """A key that nobody had before, as the file has it. Raises ``ConfigError`` where the name cannot be one."""
    if not _NAME.fullmatch(name) or name.removeprefix(_INDEX) == OF_SECRET:
        raise ConfigError(
            "a key's name has up to 32 of a to z, 0 to 9 and hyphens, and index: before it if numbers are to be found by it"
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
        if not _NAME.fullmatch(name) or name in seen or name.removeprefix(_INDEX) == OF_SECRET or key is None:
            raise ConfigError(f"PORTAL_DATA_KEYS: line {number} of {path} is no name with 32 bytes in base64")
        seen.add(name)
        yield name, key


def _decoded(body: str) -> bytes | None:
    try:
        key = urlsafe_b64decode(body.strip())
    except binascii.Error:
        return None
    return key if len(key) == _BYTES else None


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=purpose).derive(secret.encode())
