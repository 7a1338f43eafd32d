"""What was typed, as it may be shown again: a WTForms filter for every field whose text comes back on the page."""

from portal.domain.free_text import visible


def shown_again(typed: str | None) -> str | None:
    return None if typed is None else visible(typed)
