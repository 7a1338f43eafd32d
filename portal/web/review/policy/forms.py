"""A draft of the policy, typed: a field a limit, each read into its value or a fault of its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, SelectField, SelectMultipleField, StringField

from portal.domain.errors import DomainError
from portal.domain.money import format_minor, parse_minor
from portal.domain.policy_limits import (
    BY_NAME,
    LIMITS,
    Limit,
    PolicyFault,
    PolicyFaultsError,
    Unit,
    Value,
    refuse_unsound,
)
from portal.messages import text_of
from portal.models import PolicyVersion
from portal.policy_words import code_words, limit_name
from portal.services.policies import WrittenPolicy
from portal.web.typed import shown_again

CURRENCY: Final = "CNY"
_LONGEST: Final = 9


class PolicyFrame(FlaskForm):
    """What is said about a draft besides its limits; ``seen`` is the row version on the page."""

    effective_on = StringField(lazy_gettext("In force from"), filters=[shown_again])
    share_pct = StringField(
        lazy_gettext("Try it on so many percent of the loans first"), filters=[shown_again]
    )
    why = StringField(lazy_gettext("Why the policy is to change"), filters=[shown_again])
    seen = HiddenField(filters=[shown_again])


def field_name(limit: Limit) -> str:
    return limit.name.replace(".", "-")


def _field(limit: Limit) -> Any:
    label = _Label(limit)
    match limit.unit:
        case Unit.FLAG:
            return BooleanField(label)
        case Unit.CODE | Unit.CODES:
            kind = SelectField if limit.unit is Unit.CODE else SelectMultipleField
            return kind(
                label, choices=[(code, _Code(limit, code)) for code in limit.choices], validate_choice=False
            )
        case _:
            return StringField(label, filters=[shown_again])


class _Label:
    """The limit's name in the reader's language, worked out where it is shown."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit

    def __str__(self) -> str:
        return limit_name(self._limit)

    def __html__(self) -> str:
        return str(self)


class _Code(_Label):
    def __init__(self, limit: Limit, code: str) -> None:
        super().__init__(limit)
        self._code = code

    def __str__(self) -> str:
        return code_words(self._limit, self._code)


PolicyForm: Any = type(
    "PolicyForm",
    (PolicyFrame,),
    {
        "__doc__": "The frame with a field for each limit.",
        **{field_name(limit): _field(limit) for limit in LIMITS},
    },
)


def filled_form(row: PolicyVersion, values: Mapping[str, Value]) -> Any:
    """With what the draft says now, to be written on."""
    data: dict[str, Any] = {field_name(limit): _typed(limit, values[limit.name]) for limit in LIMITS}
    data |= {
        "effective_on": row.effective_on.isoformat(),
        "share_pct": "" if row.share_pct is None else str(row.share_pct),
        "why": row.why,
        "seen": str(row.row_version),
    }
    return PolicyForm(formdata=None, data=data)


def _typed(limit: Limit, value: Value) -> Any:
    if limit.unit in {Unit.FLAG, Unit.CODE, Unit.CODES}:
        return value
    if value is None:
        return ""
    if limit.unit is Unit.SUM:
        return format_minor(int(value), CURRENCY)  # type: ignore[arg-type]
    if limit.unit is Unit.SUMS:
        return ", ".join(format_minor(int(each), CURRENCY) for each in value)  # type: ignore[union-attr]
    return str(value)


def written_policy(form: Any, current: Mapping[str, Value]) -> WrittenPolicy:
    """What was typed. Raises ``PolicyFaultsError`` with every limit that cannot be read or cannot stand, and of the frame
    ``policy_date_missing`` and ``policy_share_out_of_range``.
    """
    values: dict[str, Value] = {}
    faults: list[PolicyFault] = []
    for limit in LIMITS:
        try:
            values[limit.name] = _value(limit, form[field_name(limit)])
        except DomainError as error:
            faults.append(PolicyFault(limit.name, error.code, error.details))
            values[limit.name] = current[limit.name]
    unread = {fault.name for fault in faults}
    try:
        refuse_unsound(values)
    except PolicyFaultsError as error:
        faults += [fault for fault in error.faults if fault.name not in unread]
    if faults:
        raise PolicyFaultsError(faults)
    return WrittenPolicy(
        values=values,
        effective_on=_day(form.effective_on.data),
        share_pct=_share(form.share_pct.data),
        why=form.why.data or "",
    )


def _value(limit: Limit, field: Field) -> Value:
    match limit.unit:
        case Unit.FLAG:
            return bool(field.data)
        case Unit.CODES:
            return sorted(field.data or [])
        case _:
            text = (field.data or "").strip()
            return _READERS.get(limit.unit, _whole)(text) if text else None


def _sums(text: str) -> Sequence[int]:
    return [
        parse_minor(part, CURRENCY)
        for part in text.replace("，", ",").replace("、", ",").split(",")
        if part.strip()
    ]


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        raise DomainError("policy_value_not_a_number")
    return int(text)


_READERS: Final[Mapping[Unit, Callable[[str], Value]]] = {
    Unit.CODE: str,
    Unit.RATE: str,
    Unit.SUM: lambda text: parse_minor(text, CURRENCY),
    Unit.SUMS: _sums,
}
"""How a typed value is read; what is not named here is a whole number."""


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        raise DomainError("policy_date_missing", field="effective_on") from None


def _share(text: str | None) -> int | None:
    typed = (text or "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 2):
        raise DomainError("policy_share_out_of_range", field="share_pct", most=99)
    return int(typed)


def put_faults(form: Any, error: PolicyFaultsError) -> None:
    """Each fault at its field; the ends of a range are said as the field is typed."""
    for fault in error.faults:
        limit = BY_NAME[fault.name]
        details: dict[str, Any] = {name: _said(limit, value) for name, value in fault.details.items()}
        field = form[field_name(limit)]
        field.errors = [*field.errors, text_of(DomainError(fault.code, **details))]


def _said(limit: Limit, value: object) -> object:
    is_sum = limit.unit in {Unit.SUM, Unit.SUMS} and isinstance(value, int)
    return format_minor(int(value), CURRENCY) if is_sum else value  # type: ignore[call-overload]


def seen_version(form: Any) -> int:
    """-1 is nobody's: somebody else's form."""
    text = form.seen.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class ActForm(FlaskForm):
    """An act on a version: which, and what the page showed."""

    act = HiddenField(filters=[shown_again])
    seen = HiddenField(filters=[shown_again])
    note = StringField(lazy_gettext("What the drafter should know"), filters=[shown_again])


class ReplayForm(FlaskForm):
    offers = StringField(lazy_gettext("Newest signed offers"), filters=[shown_again])
    loans = StringField(lazy_gettext("Late loans of the open book"), filters=[shown_again])

    def sizes(self) -> tuple[int, int]:
        """Raises ``policy_value_not_a_number`` on its field."""
        return _size("offers", self.offers.data), _size("loans", self.loans.data)


def _size(field: str, text: str | None) -> int:
    try:
        return _whole((text or "").strip())
    except DomainError as error:
        raise DomainError(error.code, field=field) from None


class TrialEndForm(FlaskForm):
    """``end`` is what is asked, or what was asked on the page of whoever answers."""

    end = HiddenField(filters=[shown_again])
    answer = HiddenField(filters=[shown_again])
    why = StringField(lazy_gettext("Why"), filters=[shown_again])
