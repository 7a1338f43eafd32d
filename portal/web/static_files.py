"""Static files: which version of one there is; their addresses carry it and change with the contents."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Any

from flask import Flask


def init_static_files(app: Flask) -> None:
    @app.url_defaults
    def _versioned(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = static_version(app, values["filename"])


def static_version(app: Flask, name: str) -> str | None:
    """Twelve digits of the file's SHA-256; None where there is no such file."""
    file = f"{app.static_folder}/{name}"
    try:
        stat = Path(file).stat()
    except (OSError, ValueError):
        return None
    return _digest(file, stat.st_mtime_ns, stat.st_size) if S_ISREG(stat.st_mode) else None


@lru_cache(maxsize=512)
def _digest(file: str, _changed_at: int, _size: int) -> str:
    return sha256(Path(file).read_bytes()).hexdigest()[:12]
