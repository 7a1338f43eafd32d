"""Where to go back to, when a form says so: a path of this site and nothing else."""

from urllib.parse import urlsplit


def local_path(wish: str | None, *, default: str = "/") -> str:
    """``wish`` where it is a plain path (with query) of this site, else ``default``."""
    if (
        not wish
        or not wish.startswith("/")
        or wish.startswith(("//", "/\\"))
        or any(ord(c) < 32 for c in wish)
    ):
        return default
    parts = urlsplit(wish)
    return default if parts.scheme or parts.netloc else wish
