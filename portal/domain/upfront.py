"""A sum paid first: its own row with its own date; what is left after it is what the plan spreads."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.loans import Components
from portal.domain.money import refused_sum
from portal.domain.spreading import first_of

_ORDER: Final = ("fee", "penalty", "interest", "principal")
"""What a payment is set against (民法典 561), as the portal allocates payments."""


@dataclass(frozen=True, slots=True)
class Upfront:
    """``amount`` in minor units, positive."""

    amount: int
    on: date


def share_of(total: Components, upfront: Upfront | None, *, currency: str) -> Components:
    """What of ``total`` the sum pays first. Raises ``upfront_too_large`` where it leaves nothing to spread."""
    if upfront is None:
        return Components()
    if upfront.amount >= total.total:
        raise upfront_too_large(total.total, currency)
    return first_of(total, upfront.amount, _ORDER)


def upfront_too_large(owed: int, currency: str) -> DomainError:
    return refused_sum("upfront_too_large", field="upfront", currency=currency, owed=owed)


def paid_first(
    draft: Draft, upfront: Upfront | None, share: Components, *, left: int, financed: int
) -> Draft:
    """``draft`` of the rest, with the sum before it. ``left`` remains after it; ``financed`` it adds to the sum
    that the annualised cost is measured against.
    """
    if upfront is None:
        return draft
    return replace(
        draft,
        dates=[upfront.on, *draft.dates],
        parts=[share, *draft.parts],
        left_after=[left, *draft.left_after],
        advance=draft.advance + share.total,
        financed=draft.financed + financed,
        repays=draft.repays + share.principal,
        has_upfront=True,
    )
