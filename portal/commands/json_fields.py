"""Reading the keys of one JSON object, each into its type or a refusal that names it."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar

from portal.domain.errors import DomainError
from portal.domain.money import parse_minor

Choice = TypeVar("Choice", bound=StrEnum)

_DECIMAL: Final = re.compile(r"\d{1,9}(\.\d{1,12})?", re.ASCII)
_LONGEST_BITS: Final = 128
_LONGEST_EXPONENT: Final = 40
_INTEGER: Final = re.compile(r"\d{1,9}", re.ASCII)


class JsonFields:
    """The keys of one object; ``known`` are all that it may have (``key_unknown`` names another)."""

    def __init__(self, values: Mapping[str, Any], *, known: Collection[str]) -> None:
        self._values = values
        for key in values:
            if key not in known:
                raise DomainError("key_unknown", field=key[:80])

    def _value(self, field: str, default: str | None) -> Any:
        """What the key holds; null is as good as no key."""
        value = self._values.get(field)
        if value is None and default is None:
            raise DomainError("value_missing", field=field)
        return default if value is None else value

    def text(self, field: str, default: str | None = None) -> str:
        value = self._value(field, default)
        if not isinstance(value, str):
            raise DomainError("value_not_text", field=field)
        return value

    def number_text(self, field: str, default: str | None = None) -> str:
        """A number as it was written, given as a JSON number or as text; a boolean is neither."""
        value = self._value(field, default)
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise DomainError("value_not_a_number", field=field)
        return value if isinstance(value, str) else _written_out(value)

    def minor(self, field: str, currency: str) -> int:
        """Zeros at the end count as no decimals: ``10000.00`` is whole yen."""
        text = self.number_text(field)
        whole, _, decimals = text.partition(".")
        if decimals.isascii() and decimals.isdigit():
            decimals = decimals.rstrip("0")
            text = f"{whole}.{decimals}" if decimals else whole
        return parse_minor(text, currency, field=field)

    def decimal(self, field: str) -> Decimal:
        """Not negative, at most nine digits before and twelve after the point."""
        text = self.number_text(field).strip()
        if text.startswith("-"):
            raise DomainError("value_negative", field=field)
        if _DECIMAL.fullmatch(text) is None:
            raise DomainError("value_not_a_number", field=field)
        return Decimal(text)

    def integer(self, field: str, default: int | None = None) -> int:
        text = self.number_text(field, None if default is None else str(default)).strip()
        if _INTEGER.fullmatch(text) is None:
            code = "value_negative" if text.startswith("-") else "value_not_whole"
            raise DomainError(code, field=field)
        return int(text)

    def optional_integer(self, field: str) -> int | None:
        return None if self._values.get(field) is None else self.integer(field)

    def day(self, field: str) -> date:
        return parse_day(self.text(field), field=field)

    def optional_day(self, field: str) -> date | None:
        return None if self._values.get(field) is None else self.day(field)

    def choice(self, field: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        text = self.text(field, default)
        try:
            return kind(text)
        except ValueError:
            raise DomainError("value_not_a_choice", field=field, choices=", ".join(kind)) from None


def parse_day(text: str, *, field: str) -> date:
    """``2026-01-05``, no other form of ISO 8601."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DomainError("date_unclear", field=field) from None
    if day.isoformat() != text:
        raise DomainError("date_unclear", field=field)
    return day


def _written_out(value: int | Decimal) -> str:
    """In plain digits, a whole number without decimals (``12.0`` is 12); what would be very long (1e999999)
    becomes ``NaN``, for the reader to refuse.
    """
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _LONGEST_BITS else "NaN"
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _LONGEST_EXPONENT:
        return "NaN"
    return format(value.to_integral_value() if value == value.to_integral_value() else value, "f")
