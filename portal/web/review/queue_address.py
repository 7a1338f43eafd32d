"""What the queue shows stands in its address, so that a page can be kept or sent. Anything unknown in it is no filter."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
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
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
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


def page_of(wanted: QueueFilter) -> str:
    """The endpoint that shows such cases."""
    return "review.seconds" if wanted.stage is Stage.SECOND else "review.queue"


def address_of(wanted: QueueFilter, *, before: QueueKey | None = None, after: QueueKey | None = None) -> str:
    """The same cases, at the beginning or at another place."""
    places = {"before": before and str(before), "after": after and str(after)}
    values: dict[str, Any] = {**values_of(wanted), **places}
    if wanted.stage is Stage.FIRST and not any(values.values()):
        # The bare address opens somebody's own view, where there is one.
        values["whose"] = wanted.whose.value
    return url_for(page_of(wanted), **values)


def everything(wanted: QueueFilter) -> QueueFilter:
    """The same queue in the same order, narrowed to nothing."""
    return QueueFilter(
        staff_id=wanted.staff_id,
        now=wanted.now,
        today_ends=wanted.today_ends,
        stage=wanted.stage,
        currency=wanted.currency if wanted.sort.needs_currency else None,
        sort=wanted.sort,
    )


def now_address(wanted: QueueFilter) -> str:
    """Where an open page asks how things stand; it carries when the page was drawn."""
    page = "review.seconds_now" if wanted.stage is Stage.SECOND else "review.queue_now"
    values: dict[str, Any] = {"since": mark_of(wanted.now), **values_of(wanted)}
    return url_for(page, **values)


def mark_of(now: datetime) -> str:
    """An instant as the page carries it: microseconds since 1970."""
    return str((now - EPOCH) // timedelta(microseconds=1))


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
