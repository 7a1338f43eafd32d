"""Writing a private key: whole or not at all, readable by its owner alone, and only where nothing lies."""

import os
from pathlib import Path
from tempfile import mkstemp

from portal.domain.errors import DomainError


def write_key_once(path: Path, body: bytes, *, exists: str) -> None:
    """Written under another name, then linked; mode 0600. Raises ``DomainError`` with the code ``exists`` where a file lies there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        raise DomainError(exists) from None
    finally:
        Path(name).unlink()


def why_unusable(error: Exception) -> str:
    """What the system says of a file; of one that is there and no key, the kind of the error alone, for its words may hold a part of it."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
