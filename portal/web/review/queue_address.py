"""What the queue shows stands in its address, so that a page can be kept or sent. Anything unknown in it is no filter."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import url_for

from portal.domain.money import EXPONENTS
from portal.domain.plans import PlanKind
from portal.domain.policy import Referral
from portal.domain.queue_choices import BUCKETS, Drafted, Due, Sort, Stage, SumBand, Whose
from portal.queries.queue_filters import DEFAULT_CURRENCY, QueueFilter
from portal.queries.queue_keys import QueueKey
from portal.web import writes

Choice = TypeVar("Choice", bound=StrEnum)
NAMES: Final = ("kind", "currency", "sum", "bucket", "reason", "due", "whose", "drafted", "sort")


def filter_of(staff_id: int, said: Mapping[str, str], *, stage: Stage = Stage.FIRST) -> QueueFilter:
    """``said``: an address's values, or a saved view's."""
    sum_band, sort = _choice(SumBand, said, "sum"), _choice(Sort, said, "sort") or Sort.DEADLINE
    currency = _known(EXPONENTS, said.get("currency"))
    if currency is None and (sum_band is not None or sort.needs_currency):
        currency = DEFAULT_CURRENCY
    return QueueFilter(
        staff_id=staff_id,
        now=writes.now(),
        today_ends=_end_of_today(),
        stage=stage,
        kind=_choice(PlanKind, said, "kind"),
        currency=currency,
        sum=sum_band,
        bucket=_known(BUCKETS, said.get("bucket")),
        reason=_choice(Referral, said, "reason"),
        due=_choice(Due, said, "due"),
        whose=_choice(Whose, said, "whose") or Whose.ALL,
        drafted=_choice(Drafted, said, "drafted"),
        sort=sort,
    )


def values_of(wanted: QueueFilter) -> dict[str, str]:
    """As the address and a saved view carry it: only what is not as usual."""
    values = {name: getattr(wanted, name) for name in NAMES}
    usual = {"whose": Whose.ALL, "sort": Sort.DEADLINE}
    return {
        name: str(value) for name, value in values.items() if value is not None and value != usual.get(name)
    }


def address_of(wanted: QueueFilter, *, before: QueueKey | None = None, after: QueueKey | None = None) -> str:
    """The same cases, at the beginning or at another place."""
    page = "review.seconds" if wanted.stage is Stage.SECOND else "review.queue"
    places = {"before": before and str(before), "after": after and str(after)}
    values: dict[str, Any] = {**values_of(wanted), **places}
    if wanted.stage is Stage.FIRST and not any(values.values()):
        # The bare address opens somebody's own view, where there is one.
        values["whose"] = wanted.whose.value
    return url_for(page, **values)


def page_address(
    wanted: QueueFilter, *, before: QueueKey | None = None, after: QueueKey | None = None
) -> str | None:
    """A neighbouring page; None where there is none."""
    return None if before is None and after is None else address_of(wanted, before=before, after=after)


def place_of(said: Mapping[str, str]) -> QueueKey | None:
    return QueueKey.parse(said.get("before"), is_backwards=True) or QueueKey.parse(said.get("after"))


def _choice(choices: type[Choice], said: Mapping[str, str], name: str) -> Choice | None:
    try:
        return choices(said.get(name, ""))
    except ValueError:
        return None


def _known(values: Mapping[str, object], value: str | None) -> str | None:
    return value if value in values else None


def _end_of_today() -> datetime:
    zone = writes.clock().zone
    return datetime.combine(writes.today() + timedelta(days=1), time(), tzinfo=zone)
