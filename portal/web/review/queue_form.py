"""The form above the queue: what stands in the address is chosen already."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from flask_babel import LazyString, lazy_gettext
from wtforms import Form, HiddenField, SelectField

from portal.desk_words import BUCKETS, SUMS
from portal.domain.queue_choices import Drafted, Due, Sort, Whose
from portal.queries.queue_filters import QueueFilter
from portal.web.labels import PLAN_KINDS, REFERRALS
from portal.web.review.queue_address import values_of

WHOSE: Mapping[Whose, LazyString] = {
    Whose.ALL: lazy_gettext("All"),
    Whose.FREE: lazy_gettext("Held by nobody"),
    Whose.MINE: lazy_gettext("Held by me"),
    Whose.OTHERS: lazy_gettext("Held by colleagues"),
}
DUE: Mapping[Due, LazyString] = {
    Due.OVERDUE: lazy_gettext("Past its time"),
    Due.NEAR: lazy_gettext("Within two hours"),
    Due.TODAY: lazy_gettext("Today"),
    Due.LATER: lazy_gettext("Later"),
}
DRAFTED: Mapping[Drafted, LazyString] = {
    Drafted.BORROWER: lazy_gettext("The borrower"),
    Drafted.STAFF: lazy_gettext("Staff"),
    Drafted.ME: lazy_gettext("Me"),
}
SORTS: Mapping[Sort, LazyString] = {
    Sort.DEADLINE: lazy_gettext("By deadline, the most urgent first"),
    Sort.SUM: lazy_gettext("By sum, the largest first"),
    Sort.SUM_UP: lazy_gettext("By sum, the smallest first"),
    Sort.DPD: lazy_gettext("By days past due, the longest first"),
    Sort.DPD_UP: lazy_gettext("By days past due, the shortest first"),
}
OFTEN = ("kind", "due", "whose")
SELDOM = ("currency", "sum", "bucket", "reason", "drafted")

Choices = list[tuple[str, str | LazyString]]


def _choices(texts: Mapping[StrEnum, LazyString] | Mapping[str, LazyString]) -> Choices:
    return [("", lazy_gettext("All")), *((str(value), text) for value, text in texts.items())]


class FilterForm(Form):
    """The filters by their names in the address."""

    kind = SelectField(lazy_gettext("Kind of plan"), choices=_choices(PLAN_KINDS))  # type: ignore[arg-type]
    due = SelectField(lazy_gettext("Answer promised"), choices=_choices(DUE))  # type: ignore[arg-type]
    whose = SelectField(
        lazy_gettext("Held by"), choices=[(choice.value, text) for choice, text in WHOSE.items()]
    )
    currency = SelectField(lazy_gettext("Currency"))
    sum = SelectField(lazy_gettext("Sum under the plan"), choices=_choices(SUMS))  # type: ignore[arg-type]
    bucket = SelectField(lazy_gettext("Days past due"), choices=_choices(BUCKETS))
    reason = SelectField(lazy_gettext("Main reason"), choices=_choices(REFERRALS))  # type: ignore[arg-type]
    drafted = SelectField(lazy_gettext("Filled in by"), choices=_choices(DRAFTED))  # type: ignore[arg-type]
    sort = HiddenField()


def filter_form(wanted: QueueFilter, currencies: Sequence[str]) -> FilterForm:
    """``currencies``: those in use."""
    form = FilterForm(data={**values_of(wanted), "whose": wanted.whose.value, "sort": wanted.sort.value})
    known = sorted({*currencies, *([wanted.currency] if wanted.currency else [])})
    form.currency.choices = [("", lazy_gettext("All")), *((each, each) for each in known)]
    return form
