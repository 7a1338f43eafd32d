"""Money: whole minor units of one currency."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portal.domain.errors import DomainError

EXPONENTS: Final[Mapping[str, int]] = {
    "AUD": 2,
    "BRL": 2,
    "CAD": 2,
    "CHF": 2,
    "CNY": 2,
    "EUR": 2,
    "GBP": 2,
    "HKD": 2,
    "IDR": 2,
    "INR": 2,
    "JPY": 0,
    "KES": 2,
    "KRW": 0,
    "KWD": 3,
    "MOP": 2,
    "MXN": 2,
    "MYR": 2,
    "NGN": 2,
    "NZD": 2,
    "PHP": 2,
    "SGD": 2,
    "THB": 2,
    "TWD": 2,
    "USD": 2,
    "VND": 0,
    "ZAR": 2,
}
"""Decimal places of a currency (ISO 4217)."""

MAXIMUM: Final = 10**13
"""Largest sum taken anywhere, in minor units (CNY 100,000,000,000.00); callers give narrower bounds."""

_LONGEST: Final = 64
_AMOUNT: Final = re.compile(r"(\d{1,15})(?:\.(\d+))?", re.ASCII)
_NEGATIVE: Final = re.compile(r"-\d+(?:\.\d+)?", re.ASCII)


def exponent_of(currency: str, *, field: str | None = "currency") -> int:
    """Decimal places of ``currency``; ``currency_unknown`` where the table lacks it."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise DomainError("currency_unknown", field=field) from None


def parse_minor(text: str, currency: str = "CNY", *, field: str | None = None, maximum: int = MAXIMUM) -> int:
    """What a person or a file wrote, as minor units.

    After NFKC: plain digits with at most the currency's decimals. Full-width digits count; signs, exponents,
    thousands separators, currency signs and words do not. Raises ``amount_missing``, ``amount_negative``,
    ``amount_not_a_number``, ``amount_too_precise`` or ``amount_too_large`` on ``field``.
    """
    exponent = exponent_of(currency)
    plain = text if len(text) > _LONGEST else unicodedata.normalize("NFKC", text).strip()
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        raise refused_sum(_code_of_refusal(plain), field=field, currency=currency, maximum=maximum)
    whole, decimals = match[1], match[2] or ""
    if len(decimals) > exponent:
        raise DomainError("amount_too_precise", field=field, decimals=exponent)
    minor = int(whole + decimals.ljust(exponent, "0"))
    if minor > maximum:
        raise refused_sum("amount_too_large", field=field, currency=currency, maximum=maximum)
    return minor


def refused_sum(code: str, *, field: str | None, currency: str, **sums: int) -> DomainError:
    """A refusal whose text names sums (minor units): the details carry them as plain decimals, with their currency."""
    told = {name: format_minor(minor, currency) for name, minor in sums.items()}
    return DomainError(code, field=field, currency=currency, **told)


def _code_of_refusal(plain: str) -> str:
    if not plain:
        return "amount_missing"
    if _NEGATIVE.fullmatch(plain):
        return "amount_negative"
    return "amount_too_large" if plain.isascii() and plain.isdigit() else "amount_not_a_number"


def format_minor(minor: int, currency: str = "CNY") -> str:
    """Plain decimal text: ``88849`` is ``888.49``. For data; people read what ``portal.i18n`` writes."""
    exponent = exponent_of(currency)
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(exponent + 1, "0")
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"


def split_minor(total: int, parts: int) -> list[int]:
    """``total`` in ``parts`` sums that differ by at most one minor unit, the larger ones first."""
    if parts < 1:
        raise DomainError("parts_too_few", field="installments", minimum=1)
    share, larger = divmod(total, parts)
    return [share + 1] * larger + [share] * (parts - larger)


def split_by_weight(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` shared in proportion to ``weights`` (not negative), exact to the unit.

    What rounding leaves goes to the largest remainders, the earlier first (``reverse`` keeps equal ones in
    order). All-zero weights share equally.
    """
    whole = sum(weights)
    if whole == 0:
        return split_minor(total, len(weights))
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)
    if left:
        rests = [total * weight % whole for weight in weights]
        for raised in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:left]:
            shares[raised] += 1
    return shares


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """A sum in minor units (fen, cents) of one currency; two currencies never mix (``currency_mixed``)."""

    minor: int
    currency: str = "CNY"

    @classmethod
    def zero(cls, currency: str = "CNY") -> "Money":
        return cls(0, currency)

    @classmethod
    def parse(
        cls, text: str, currency: str = "CNY", *, field: str | None = None, maximum: int = MAXIMUM
    ) -> "Money":
        """See ``parse_minor``."""
        return cls(parse_minor(text, currency, field=field, maximum=maximum), currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return format_minor(self.minor, self.currency)

    def split(self, parts: int) -> "list[Money]":
        """See ``split_minor``."""
        return [Money(minor, self.currency) for minor in split_minor(self.minor, parts)]

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise DomainError("currency_mixed", mine=self.currency, theirs=other.currency)
        return other.minor
