"""Ready plans as cards: each with its name and the value that its button sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.doing_nothing import DoingNothing
from portal.domain.journey import Need
from portal.domain.offers import Offer, choice_of
from portal.domain.pay_days import pay_days_of, pay_days_without_plan
from portal.domain.plans import Plan
from portal.web.plan_names import name_of
from portal.web.plan_pictures import Picture, pictures_of


@dataclass(frozen=True, slots=True)
class Card:
    """One ready plan on the page of choices. ``above``: by how much it asks for more at a time than was said, in minor units."""

    offer: Offer
    name: str
    key: str
    is_kept: bool
    picture: Picture
    above: int


def key_of(plan: Plan) -> str:
    """Names a ready plan on its page: a list that has changed since does not hold it, or holds the same plan."""
    steps = f"-{plan.request.steps}" if plan.request.steps else ""
    return f"{plan.kind.value}-{plan.request.terms}{steps}"


WITHOUT_PLAN = "without-plan"


def comparison(ready: Sequence[Offer], nothing: DoingNothing | None) -> Mapping[str, Picture]:
    """What is paid when, by ``key_of`` and ``WITHOUT_PLAN``, up to the end of the longest plan; empty where there is none."""
    if nothing is None:
        return {}
    plans = {key_of(offer.plan): pay_days_of(offer.plan, until=nothing.until) for offer in ready}
    return pictures_of({**plans, WITHOUT_PLAN: pay_days_without_plan(nothing)})


def cards_of(
    ready: Sequence[Offer],
    kept: Mapping[str, Any],
    pictures: Mapping[str, Picture],
    *,
    need: Mapping[str, Any],
) -> Sequence[Card]:
    """``kept``: the choice so far, empty where there is none; ``need``: what was said to help."""
    return [
        Card(
            offer=offer,
            name=name_of(offer.plan),
            key=key_of(offer.plan),
            is_kept=kept.items() >= choice_of(offer.plan.request).items(),
            picture=pictures[key_of(offer.plan)],
            above=_above(offer.plan, need),
        )
        for offer in ready
    ]


def _above(plan: Plan, need: Mapping[str, Any]) -> int:
    """Where payments rise, they are meant to: only the first was asked about."""
    if Need(need["need"]) is not Need.MONTHLY:
        return 0
    return max(0, plan.most_at_a_time - int(need["monthly_minor"]))


def longest_wait(ready: Sequence[Offer]) -> DoingNothing | None:
    """Doing nothing until the end of the longest plan; None where no plan is there to compare with."""
    return max((offer.instead for offer in ready), key=lambda instead: instead.until, default=None)
