"""Ready plans as cards: each with its name and the value that its button sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.doing_nothing import DoingNothing
from portal.domain.offers import Offer, choice_of
from portal.domain.plans import Plan
from portal.web.borrower.plans.names import name_of


@dataclass(frozen=True, slots=True)
class Card:
    """One ready plan on the page of choices."""

    offer: Offer
    name: str
    key: str
    is_kept: bool


def key_of(plan: Plan) -> str:
    """Names a ready plan on its page: a list that has changed since does not hold it, or holds the same plan."""
    return f"{plan.kind.value}-{plan.request.installments or plan.request.defer_periods}"


def cards_of(ready: Sequence[Offer], kept: Mapping[str, Any]) -> Sequence[Card]:
    """``kept``: the choice so far, empty where there is none."""
    return [
        Card(
            offer=offer,
            name=name_of(offer.plan),
            key=key_of(offer.plan),
            is_kept=kept.items() >= choice_of(offer.plan.request).items(),
        )
        for offer in ready
    ]


def longest_wait(ready: Sequence[Offer]) -> DoingNothing | None:
    """Doing nothing until the end of the longest plan; None where no plan is there to compare with."""
    return max((offer.instead for offer in ready), key=lambda instead: instead.until, default=None)
