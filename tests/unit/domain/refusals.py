"""How a rule refuses, for tables of tests."""

from collections.abc import Callable

from portal.domain.errors import DomainError

Refusal = tuple[str, str | None, str | None]
"""Code, the field that it is told beside, the rule that it cites."""


def refusal(act: Callable[[], object]) -> Refusal | None:
    """What ``act`` is refused with; None where it is not."""
    try:
        act()
    except DomainError as error:
        return error.code, error.field, error.rule
    return None
