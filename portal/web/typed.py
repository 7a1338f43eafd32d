"""What was typed: as it may be shown again (a WTForms filter for every field whose text comes back on the page), and as a day."""

from datetime import date

from portal.domain.errors import DomainError
from portal.domain.free_text import visible


def shown_again(typed: str | None) -> str | None:
    return None if typed is None else visible(typed)


def typed_day(typed: str | None, *, field: str) -> date:
    """Raises ``date_missing`` or ``date_unclear`` on the field."""
    plain = (typed or "").strip()
    if not plain:
        raise DomainError("date_missing", field=field)
    try:
        return date.fromisoformat(plain)
    except ValueError:
        raise DomainError("date_unclear", field=field) from None
