"""The what-if form of a counter-offer, drawn from what a plan may be asked for: a new field of ``PlanRequest`` appears by itself."""

from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import LazyString, lazy_gettext
from wtforms import Field as FormField
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.calendar import Every
from portal.domain.errors import DomainError
from portal.domain.kind_terms import READ_BY
from portal.domain.money import format_minor, parse_minor
from portal.domain.plans import ArrearsTreatment, DeferredInterest, PlanKind, PlanRequest
from portal.domain.policy import Policy
from portal.domain.reasons import CounterReason
from portal.web.labels import FREQUENCIES, PLAN_KINDS
from portal.web.pay_day_choices import any_weekday_choices, month_day_choices
from portal.web.review import labels
from portal.web.review.decisions import DecisionForm
from portal.web.typed import shown_again

_MINOR = "_minor"
_LONGEST_COUNT = 4
LABELS: Mapping[str, LazyString] = {
    "kind": lazy_gettext("Kind of plan"),
    "installments": lazy_gettext("Number of payments"),
    "defer_periods": lazy_gettext("Periods moved"),
    "interest_periods": lazy_gettext("Periods of interest alone"),
    "steps": lazy_gettext("Steps"),
    "every": lazy_gettext("How often"),
    "day_of_month": lazy_gettext("Day of the month"),
    "weekday": lazy_gettext("Weekday"),
    "first_on": lazy_gettext("First payment on"),
    "upfront_minor": lazy_gettext("Paid first"),
    "upfront_on": lazy_gettext("Paid first on"),
    "settle_minor": lazy_gettext("All that is asked for"),
    "arrears_treatment": lazy_gettext("Interest, penalty and fees in arrears"),
    "deferred_interest": lazy_gettext("Interest while dates are moved"),
}
_CHOICES: Mapping[str, Mapping[Any, LazyString]] = {
    "kind": PLAN_KINDS,
    "every": FREQUENCIES,
    "arrears_treatment": labels.TREATMENTS,
    "deferred_interest": labels.DEFERRED_INTERESTS,
}
_DAYS: Mapping[str, Callable[[], list[SelectChoice]]] = {
    "day_of_month": month_day_choices,
    "weekday": any_weekday_choices,
}
_ENUMS: Mapping[str, type[StrEnum]] = {
    "kind": PlanKind,
    "arrears_treatment": ArrearsTreatment,
    "deferred_interest": DeferredInterest,
}


class CounterForm(DecisionForm):
    """Why, and the letter; the terms are added below, a field for each of ``PlanRequest``."""

    reason = SelectField(
        lazy_gettext("Why another offer?"),
        choices=[
            ("", lazy_gettext("Choose…")),
            *((reason.value, text) for reason, text in labels.COUNTER_REASONS.items()),
        ],
        validate_choice=False,
    )
    letter = StringField(lazy_gettext("Letter to the borrower"), filters=[shown_again])
    guarantor = RadioField(
        lazy_gettext("What about the guarantor?"),
        choices=[(choice.value, text) for choice, text in labels.GUARANTOR_CHOICES.items()],
        validate_choice=False,
    )

    def terms(self) -> list[FormField]:
        return [self[part.name] for part in fields(PlanRequest)]

    @staticmethod
    def kinds_with(name: str) -> str:
        """The kinds of plan that read this term, as the page's style asks for them."""
        return " ".join(kind.value for kind, read in READ_BY.items() if name in read)

    def fill_in(self, request: PlanRequest, currency: str) -> None:
        """What was signed, to begin with; dates are worked out anew."""
        for part in fields(PlanRequest):
            self[part.name].data = _text(part.name, getattr(request, part.name), currency)
        self["first_on"].data = ""

    def request(self, currency: str) -> PlanRequest:
        """What the kind does not read is left aside, whatever stands in it.

        Raises what is wrong on its field: ``kind_missing``, ``count_not_a_number``, ``date_unclear``, and what sums refuse.
        """
        kind = _choice("kind", self["kind"].data or "")
        read = READ_BY[PlanKind(kind)]
        return PlanRequest(
            **{
                part.name: _value(part, self[part.name].data or "", currency)
                for part in fields(PlanRequest)
                if part.name in read
            }
        )

    def fit_count(self, signed: PlanRequest, policy: Policy) -> None:
        """The signed plan's number of payments, left standing under another kind that takes fewer, becomes that kind's most."""
        kind, count = self["kind"].data, self["installments"]
        if kind == signed.kind or kind not in set(PlanKind) or count.data != str(signed.installments):
            return
        most = policy.max_terms.get(PlanKind(kind), 0)
        if "installments" in READ_BY[PlanKind(kind)] and 0 < most < signed.installments:
            count.data = str(most)

    def why(self) -> CounterReason:
        """Raises ``reason_missing``."""
        if self.reason.data not in set(CounterReason):
            raise DomainError("reason_missing", field="reason")
        return CounterReason(self.reason.data)


def _form_field(part: Field[Any]) -> FormField:
    label = LABELS[part.name]
    if part.name in _DAYS:
        return SelectField(label, choices=_DAYS[part.name], validate_choice=False)
    if part.name in _CHOICES:
        choices = [(str(value), text) for value, text in _CHOICES[part.name].items()]
        return SelectField(label, choices=choices, validate_choice=False)
    return StringField(label, filters=[shown_again])


for _part in fields(PlanRequest):
    setattr(CounterForm, _part.name, _form_field(_part))


def _text(name: str, value: object, currency: str) -> str:
    match value:
        case None:
            return ""
        case int() if name.endswith(_MINOR):
            return format_minor(value, currency) if value else ""
        case int():
            return str(value) if value or name in _DAYS else ""
        case _:
            return str(value)


def _value(part: Field[Any], text: str, currency: str) -> Any:
    name, plain = part.name, text.strip()
    if name in _ENUMS:
        return _choice(name, plain)
    if name == "every":
        return str(Every.parse(plain))
    if name.endswith("_on"):
        return _day(name, plain)
    if name.endswith(_MINOR):
        return parse_minor(plain, currency, field=name) if plain else 0
    return _count(name, plain)


def _choice(name: str, plain: str) -> StrEnum:
    try:
        return _ENUMS[name](plain)
    except ValueError:
        raise DomainError("kind_missing" if name == "kind" else "reason_missing", field=name) from None


def _day(name: str, plain: str) -> date | None:
    if not plain:
        return None
    try:
        return date.fromisoformat(plain)
    except ValueError:
        raise DomainError("date_unclear", field=name) from None


def _count(name: str, plain: str) -> int:
    if not plain:
        return 0
    if not (plain.isascii() and plain.isdecimal()) or len(plain) > _LONGEST_COUNT:
        raise DomainError("count_not_a_number", field=name)
    return int(plain)
