"""Mobile numbers in a session's data: sealed, for a session lies in the database."""

from portal.models.keyring import SealBrokenError, keys_of
from portal.web import sessions, writes


def seal_number(mobile: str) -> str:
    """It opens in this session alone."""
    return keys_of(writes.portal().engine.dialect).seal(_place(), mobile.encode())


def open_number(kept: str) -> str | None:
    """None where it does not open: then somebody begins anew."""
    try:
        return keys_of(writes.portal().engine.dialect).open(_place(), kept).decode()
    except SealBrokenError:
        return None


def _place() -> str:
    return f"web_session:data:{sessions.current().key}"
