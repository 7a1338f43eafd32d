"""Stories of proposals that staff answered with another offer or with a question."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from portal.commands import demo_desk as desk
from portal.commands.demo_scene import Scene, Story
from portal.commands.demo_signing import propose
from portal.commands.demo_sitting import Wish
from portal.commands.demo_waiting import LONG_PAUSE, MANY_PARTS, SIX_PARTS
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import HardshipReason
from portal.domain.reasons import AskReason, CounterReason
from portal.services.counters import CounterOffer

_OFFER: Final = CounterOffer(
    request=replace(SIX_PARTS, installments=12),
    reason=CounterReason.SHORTER_PLAN,
    letter=(
        "您好，我们看了您提出的还款方案。\n\n"
        "18 期的时间较长，我们为您改成 12 期：每期多还一点，可以早半年还清。\n\n"
        "您可以接受并签署，也可以不接受，或者先问清楚；不接受不会带来任何不利。"
    ),
)
_PAUSE: Final = CounterOffer(
    request=replace(LONG_PAUSE, defer_periods=3),
    reason=CounterReason.LATER_START,
    letter=(
        "您好，我们看了您提出的还款方案。\n\n"
        "您刚失去工作，我们把各期再往后延一期，让您有时间安顿下来。\n\n"
        "您可以接受并签署，也可以不接受，或者先问清楚；不接受不会带来任何不利。"
    ),
)

_SETTLEMENT: Final = CounterOffer(
    request=PlanRequest(kind=PlanKind.SETTLEMENT, installments=1, settle_minor=450_000),
    reason=CounterReason.OTHER,
    letter=(
        "您好，我们了解到您的情况，愿意为您减免一部分。\n\n"
        "您一次付清 4,500 元，其余部分全部免除，我们为您出具结清证明。\n\n"
        "您可以接受并签署，也可以不接受，或者先问清楚；不接受不会带来任何不利。"
    ),
)


def is_offered_a_settlement(
    scene: Scene, key: str, at: datetime, offered_at: datetime, agreed_at: datetime
) -> Story:
    """周敏 offers to settle for less, 吴岩 agrees; the borrower has not answered yet."""
    yield at
    sitting = yield from propose(scene, key, Wish(MANY_PARTS, HardshipReason.ILLNESS))
    yield offered_at
    desk.counter(scene, "zhou.min", sitting.proposal_id, _SETTLEMENT)
    yield agreed_at
    desk.agree(scene, "wu.yan", sitting.proposal_id)


def is_countered(scene: Scene, key: str, at: datetime, countered_at: datetime) -> Story:
    """The lender offers a shorter plan; the borrower has not answered yet."""
    yield at
    sitting = yield from propose(scene, key, Wish(MANY_PARTS, HardshipReason.INCOME_FELL))
    yield countered_at
    desk.counter(scene, "zhou.min", sitting.proposal_id, _OFFER)


def is_asked(scene: Scene, key: str, at: datetime, asked_at: datetime) -> Story:
    """The lender wants to know something first."""
    yield at
    sitting = yield from propose(scene, key, Wish(MANY_PARTS, HardshipReason.BUSINESS_TROUBLE))
    yield asked_at
    words = "您好，为了决定您的方案，我们想了解：您的店铺现在每个月大约有多少收入？写个大概的数就可以。"
    desk.ask(scene, "wu.yan", sitting.proposal_id, AskReason.INCOME, words)


def waits_for_a_second(scene: Scene, key: str, at: datetime, decided_at: datetime) -> Story:
    """周敏 offers a pause longer than what one person decides; 吴岩 has to agree."""
    yield at
    sitting = yield from propose(scene, key, Wish(LONG_PAUSE, HardshipReason.JOB_LOST))
    yield decided_at
    desk.counter(scene, "zhou.min", sitting.proposal_id, _PAUSE)
