"""What the list of calls shows stands in its address. Anything unknown in it is no filter."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from flask import request, url_for
from flask_babel import lazy_gettext
from wtforms import Form, SelectField

from portal.desk_words import BUCKETS as BUCKET_NAMES
from portal.desk_words import SUMS
from portal.domain.call_choices import CallSort, Promised, Shown
from portal.domain.money import EXPONENTS
from portal.domain.permissions import Actor
from portal.domain.queue_choices import BUCKETS, SumBand
from portal.queries.call_list import CallFilter, CallKey
from portal.queries.queue_filters import DEFAULT_CURRENCY
from portal.web import writes
from portal.web.review.calls.words import PROMISED, SHOWN, SORTS

Choice = TypeVar("Choice", bound=StrEnum)
_NAMES = ("promised", "bucket", "currency", "sum", "shown", "sort")


class CallFilterForm(Form):
    """The filters by their names in the address."""

    promised = SelectField(lazy_gettext("What was promised"))
    bucket = SelectField(lazy_gettext("Days past due"))
    sum = SelectField(lazy_gettext("Overdue"))
    currency = SelectField(lazy_gettext("Currency"))
    shown = SelectField(lazy_gettext("Show which"))
    sort = SelectField(lazy_gettext("Order"))


def filter_of(actor: Actor, said: Mapping[str, str]) -> CallFilter:
    sum_band, sort = _choice(SumBand, said, "sum"), _choice(CallSort, said, "sort") or CallSort.DAYS
    currency = said.get("currency") if said.get("currency") in EXPONENTS else None
    if currency is None and (sum_band is not None or sort.needs_currency):
        currency = DEFAULT_CURRENCY
    bucket = said.get("bucket")
    return CallFilter(
        staff_id=actor.id or 0,
        is_agencys=actor.is_agencys,
        now=writes.business_now(),
        promised=_choice(Promised, said, "promised"),
        bucket=bucket if bucket in BUCKETS else None,
        currency=currency,
        sum=sum_band,
        shown=_choice(Shown, said, "shown") or Shown.NOW,
        sort=sort,
    )


def address_of(
    wanted: CallFilter, *, before: CallKey | None = None, after: CallKey | None = None
) -> str | None:
    """Another page of the same list; None where there is none."""
    if before is None and after is None:
        return None
    places = {"before": before and str(before), "after": after and str(after)}
    values: dict[str, Any] = {**values_of(wanted), **places}
    return url_for("review.calls", **values)


def values_of(wanted: CallFilter) -> dict[str, str]:
    """Only what is not as usual."""
    values = {name: getattr(wanted, name) for name in _NAMES}
    usual = {"shown": Shown.NOW, "sort": CallSort.DAYS}
    return {
        name: str(value) for name, value in values.items() if value is not None and value != usual.get(name)
    }


def place_of(said: Mapping[str, str]) -> CallKey | None:
    return CallKey.parse(said.get("before"), is_backwards=True) or CallKey.parse(said.get("after"))


def chosen() -> Mapping[str, str]:
    """The filters of the address, or of the form that carries them along."""
    return request.form if request.method == "POST" else request.args


def filter_form(wanted: CallFilter, currencies: Sequence[str]) -> CallFilterForm:
    form = CallFilterForm(data={**values_of(wanted), "shown": wanted.shown.value, "sort": wanted.sort.value})
    form.promised.choices = _choices(PROMISED)
    form.bucket.choices = _choices(BUCKET_NAMES)
    form.sum.choices = _choices(SUMS)
    known = sorted({*currencies, *([wanted.currency] if wanted.currency else [])})
    form.currency.choices = [("", lazy_gettext("All")), *((each, each) for each in known)]
    form.shown.choices = [(str(value), text) for value, text in SHOWN.items()]
    form.sort.choices = [(str(value), text) for value, text in SORTS.items()]
    return form


def _choices(texts: Mapping[Any, Any]) -> list[tuple[str, Any]]:
    return [("", lazy_gettext("All")), *((str(value), text) for value, text in texts.items())]


def _choice(choices: type[Choice], said: Mapping[str, str], name: str) -> Choice | None:
    try:
        return choices(said.get(name, ""))
    except ValueError:
        return None
