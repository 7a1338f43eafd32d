"""Over what time: what stands in the address, and what of it makes no sense."""

from collections.abc import Mapping
from datetime import date

from flask import request
from flask_babel import LazyString, gettext, lazy_gettext
from wtforms import Form, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.errors import DomainError
from portal.domain.figure_periods import Period, Span, period_of
from portal.messages import text_of
from portal.web import writes
from portal.web.typed import shown_again

SPANS: Mapping[Span, LazyString] = {
    Span.MONTH: lazy_gettext("A month"),
    Span.LAST_30: lazy_gettext("The last 30 days"),
    Span.QUARTER: lazy_gettext("This quarter"),
    Span.YEAR: lazy_gettext("The last 12 months"),
    Span.DATES: lazy_gettext("From day to day"),
}


class PeriodForm(Form):
    """What was chosen, by its names in the address. Nothing chosen is the present month."""

    span = SelectField(
        lazy_gettext("Time"),
        choices=[SelectChoice(span.value, text) for span, text in SPANS.items()],
        validate_choice=False,
    )
    month = StringField(lazy_gettext("Month"), filters=[shown_again])
    first = StringField(lazy_gettext("First day"), filters=[shown_again])
    last = StringField(lazy_gettext("Last day"), filters=[shown_again])


def period_form() -> PeriodForm:
    form = PeriodForm(request.args)
    known = {span.value for span in Span}
    if form.span.data not in known:
        form.span.data = Span.MONTH.value
    if not form.month.data:
        form.month.data = f"{writes.today():%Y-%m}"
    return form


def chosen_period(form: PeriodForm) -> Period | None:
    """None where the form says what is wrong; all that was typed stays in it."""
    span = Span(form.span.data)
    first, last = (_day(form, field, span) for field in (form.first, form.last))
    if form.first.errors or form.last.errors:
        return None
    try:
        return period_of(span, today=writes.today(), month=form.month.data or "", first=first, last=last)
    except DomainError as error:
        field = form[error.field or "span"]
        field.errors = [*field.errors, text_of(error)]
        return None


def address_of(period: Period) -> Mapping[str, str]:
    """The same days, whatever day it is when the address is opened."""
    return {"span": Span.DATES.value, "first": period.first.isoformat(), "last": period.last.isoformat()}


def _day(form: PeriodForm, field: StringField, span: Span) -> date | None:
    del form
    if span is not Span.DATES or not (field.data or "").strip():
        return None
    try:
        return date.fromisoformat((field.data or "").strip())
    except ValueError:
        field.errors = [*field.errors, gettext("Write the date as year-month-day, for example 2026-01-05.")]
        return None
