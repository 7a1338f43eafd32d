"""A replay's result in words: tables whose numbers the pictures repeat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import LazyString, gettext, lazy_gettext

from portal.domain.fairness import AgeBand
from portal.domain.plans import PlanKind
from portal.domain.policy import Referral
from portal.domain.policy_replay import SUM_BANDS, LeftOut, Outcome
from portal.domain.replay_tables import GROUPS
from portal.i18n import format_money
from portal.messages import ERROR_TEXTS
from portal.policy_words import LEFT_OUT, OUTCOMES, PLAN_KINDS, REFERRALS
from portal.web.review.policy.pictures import OutcomePicture, SharePicture, outcome_picture, share_picture

GROUP_NAMES: Final[Mapping[str, LazyString]] = {
    "bucket": lazy_gettext("By days late"),
    "kind": lazy_gettext("By kind of plan"),
    "sum_band": lazy_gettext("By sum"),
    "age_band": lazy_gettext("By age"),
}
_AGES: Final = tuple(band.value for band in AgeBand)
_BUCKETS: Final = ("not_late", "M1", "M2", "M3", "M4+")


_NO_MONEY: Final[Mapping[str, int]] = dict.fromkeys(
    (
        "at_once_before", "at_once_after", "paid_before", "paid_after", "cost_before", "cost_after", "dearer", "cheaper",
        "not_comparable",
    ),
    0,
)  # fmt: skip
"""What a replay does not name was never counted."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    name: str
    count: int
    touched: int
    before: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Group:
    title: LazyString
    rows: Sequence[GroupRow]
    picture: SharePicture


@dataclass(frozen=True, slots=True)
class ReplayPart:
    """Over offers or over the book. ``moves`` are before, after, count and sum in words; ``reasons`` name, before, after."""

    key: str
    read: int
    there: int
    replayed: int
    left_out: Sequence[tuple[LazyString, int]]
    answered_otherwise: int
    outcomes: Sequence[tuple[Outcome, LazyString, int, int]]
    picture: OutcomePicture
    moves: Sequence[tuple[LazyString, LazyString, int, str, bool]]
    reasons: Sequence[tuple[str, int, int]]
    money: Sequence[tuple[str, Mapping[str, int]]]
    groups: Sequence[Group]


def replay_part(key: str, data: Mapping[str, Any]) -> ReplayPart:
    """``data`` as the replay kept it under ``key``."""
    outcomes = data["outcomes"]
    return ReplayPart(
        key=key,
        read=data["read"],
        there=data["there"],
        replayed=data["replayed"],
        left_out=[(LEFT_OUT[LeftOut(code)], count) for code, count in data["left_out"].items()],
        answered_otherwise=data["answered_otherwise"],
        outcomes=[
            (each, OUTCOMES[each], outcomes["before"][each.value], outcomes["after"][each.value])
            for each in Outcome
        ],
        picture=outcome_picture(key, outcomes),
        moves=[_move(move) for move in data["moves"]],
        reasons=_reasons(data["reasons"]),
        money=[(currency, {**_NO_MONEY, **money}) for currency, money in data["money"].items()],
        groups=[_group(key, name, data["groups"][name]) for name in GROUPS],
    )


def _move(move: Mapping[str, Any]) -> tuple[LazyString, LazyString, int, str, bool]:
    before, after = Outcome(move["before"]), Outcome(move["after"])
    amount = format_money(move["amount"], move["currency"])
    return OUTCOMES[before], OUTCOMES[after], move["count"], amount, before is not after


def _reasons(reasons: Mapping[str, Mapping[str, int]]) -> Sequence[tuple[str, int, int]]:
    """The most frequent first."""
    before, after = reasons["before"], reasons["after"]
    codes = sorted({*before, *after}, key=lambda code: -max(before.get(code, 0), after.get(code, 0)))
    return [(_reason(code), before.get(code, 0), after.get(code, 0)) for code in codes]


def _reason(code: str) -> str:
    if code in set(Referral):
        return str(REFERRALS[Referral(code)])
    return str(REPLAY_REFUSALS.get(code) or ERROR_TEXTS.get(code) or code)


REPLAY_REFUSALS: Final[Mapping[str, LazyString]] = {
    "plan_too_long": lazy_gettext("Longer than law allows"),
    "rate_above_cap": lazy_gettext("Costs more a year than the cap"),
    "total_above_cap": lazy_gettext("Costs more in all than law allows"),
    "kind_not_offered": lazy_gettext("Plans of this kind are not offered"),
    "deferral_out_of_range": lazy_gettext("More periods than are offered"),
    "deferral_in_vain": lazy_gettext(
        "Even the longest pause would end before the first payment may fall due"
    ),
    "deferral_too_short": lazy_gettext("The pause would end before the first payment may fall due"),
}


def _group(key: str, name: str, data: Mapping[str, Mapping[str, int]]) -> Group:
    order = _ORDERS[name]
    keys = [each for each in order if each in data] + [each for each in data if each not in order]
    rows = [_row(_NAMES[name](each), data[each]) for each in keys]
    shares = [(row.name, row.count, row.before["at_once"], row.after["at_once"]) for row in rows]
    return Group(GROUP_NAMES[name], rows, share_picture(f"{key}-{name}", shares))


def _row(name: str, counts: Mapping[str, int]) -> GroupRow:
    return GroupRow(
        name=name,
        count=counts["count"],
        touched=counts.get("touched", 0),
        before={each.value: counts.get(f"before_{each.value}", 0) for each in Outcome},
        after={each.value: counts.get(f"after_{each.value}", 0) for each in Outcome},
    )


def _bucket(code: str) -> str:
    return str(gettext("not late")) if code == "not_late" else code


def _kind(code: str) -> str:
    return str(PLAN_KINDS[PlanKind(code)])


def _sum(code: str) -> str:
    if code == "more":
        return str(gettext("more than %(sum)s", sum=format_money(int(SUM_BANDS[-2]))))
    return str(gettext("up to %(sum)s", sum=format_money(int(code))))


def _age(code: str) -> str:
    return str(gettext("age not known") if code == "unknown" else gettext("%(ages)s years", ages=code))


_ORDERS: Final[Mapping[str, Sequence[str]]] = {
    "bucket": _BUCKETS,
    "kind": tuple(kind.value for kind in PlanKind),
    "sum_band": SUM_BANDS,
    "age_band": _AGES,
}
_NAMES: Final[Mapping[str, Callable[[str], str]]] = {
    "bucket": _bucket,
    "kind": _kind,
    "sum_band": _sum,
    "age_band": _age,
}
