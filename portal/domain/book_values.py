"""What the cells of a loan book say, each read as its type or refused with a code on its column."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Final

from portal.domain.calendar import Every
from portal.domain.errors import DomainError
from portal.domain.mobiles import parse_mobile
from portal.domain.money import exponent_of, parse_minor
from portal.domain.schedules import LARGEST_RATE_PCT, MULTIPLES

Reader = Callable[[str], Any]

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd-\uffff]"
)
"""Control characters, line ends, what a decoder leaves of broken bytes, and what nobody sees but turns or splits a name."""
_REFERENCE: Final = re.compile(r"[^\s=+@-](?:.{0,62}\S)?")
_USUAL_REFERENCE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]{0,63}")
_DECIMAL: Final = re.compile(r"\d{1,5}(\.\d{1,12})?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_ID_ENDING: Final = re.compile(r"\d{3}[\dXx]", re.ASCII)
_CHINESE_MOBILE: Final = re.compile(r"\+861[3-9]\d{9}", re.ASCII)
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ID_HASH: Final = re.compile(r"[0-9A-Fa-f]{16,64}")
_QUICK_DIGITS: Final = 13  # all that they can write is below MAXIMUM
LONGEST_CHANNEL: Final = 40
_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}


_SEXES: Final = {"female": "female", "f": "female", "女": "female", "male": "male", "m": "male", "男": "male"}


class BorrowerLocale(StrEnum):
    ZH_CN = "zh_CN"
    EN = "en"


def reference(text: str, *, column: str) -> str:
    """1 to 64 characters without a blank at either end, and not what a spreadsheet takes for a formula."""
    found = plain_text(text, column=column, longest=64)
    if _REFERENCE.fullmatch(found) is None:
        raise DomainError("reference_unclear", field=column)
    return found


def is_usual_reference(text: str) -> bool:
    """Whether there is nothing for ``reference`` to say of it: letters and digits of ASCII, as most are."""
    return _USUAL_REFERENCE.fullmatch(text) is not None


def plain_text(text: str, *, column: str, longest: int) -> str:
    """A text without control characters or broken ones; ``value_missing``, ``text_broken``, ``text_longer_than``."""
    if not text.strip():
        raise DomainError("value_missing", field=column)
    if _UNPRINTABLE.search(text):
        raise DomainError("text_broken", field=column)
    if len(text) > longest:
        raise DomainError("text_longer_than", field=column, maximum=longest)
    return text


def are_texts(texts: Iterable[str], *, longest: int) -> bool:
    """Whether ``plain_text`` takes each of them: asked once of those that are alike."""
    try:
        for text in set(texts):
            plain_text(text, column="", longest=longest)
    except DomainError:
        return False
    return True


def day(text: str, *, column: str) -> date:
    """``2026-01-05``, no other form of ISO 8601."""
    found = _day(text)
    if found is None:
        raise DomainError("date_unclear" if text else "value_missing", field=column)
    return found


def is_day(text: str) -> bool:
    """Whether ``day`` takes it."""
    return _day(text) is not None


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None


def whole(text: str, *, column: str, smallest: int = 0, largest: int = 10**9) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise DomainError("value_not_whole" if text else "value_missing", field=column)
    if not smallest <= int(text) <= largest:
        raise DomainError("value_out_of_range", field=column, minimum=smallest, maximum=largest)
    return int(text)


def rate(text: str, *, column: str) -> Decimal:
    """Percent a year; the zeros at the end of its decimals are dropped, so that 15.00 and 15 are one rate."""
    if _DECIMAL.fullmatch(text) is None:
        raise DomainError("value_not_a_number" if text else "value_missing", field=column)
    found = Decimal(text.rstrip("0") if "." in text else text)
    if found > LARGEST_RATE_PCT:
        raise DomainError("rate_out_of_range", field=column, maximum=str(LARGEST_RATE_PCT))
    return found


def boolean(text: str, *, column: str) -> bool:
    found = _BOOLEANS.get(text.lower())
    if found is None:
        raise DomainError(
            "value_not_a_choice" if text else "value_missing", field=column, choices="true, false"
        )
    return found


def quick_booleans(texts: Sequence[str]) -> list[bool] | None:
    """Spelt as usual; None: ask ``boolean``."""
    try:
        return [_BOOLEANS[text] for text in texts]
    except KeyError:
        return None


def choice(text: str, *, column: str, kind: type[StrEnum]) -> StrEnum:
    found = kind._value2member_map_.get(text)
    if not isinstance(found, kind):
        choices = ", ".join(kind)
        raise DomainError("value_not_a_choice" if text else "value_missing", field=column, choices=choices)
    return found


def mobile(text: str, *, column: str) -> str:
    """E.164, with the country; a Chinese number must be a mobile's."""
    if _CHINESE_MOBILE.fullmatch(text):
        return text
    found = parse_mobile(text, field=column)
    if found != text or (found.startswith("+86") and _CHINESE_MOBILE.fullmatch(found) is None):
        raise DomainError("mobile_not_international", field=column)
    return found


def sex(text: str, *, column: str) -> str:
    """``female`` or ``male``, however a book abbreviates it."""
    found = _SEXES.get(text.strip().lower())
    if found is None:
        raise DomainError("value_not_a_choice", field=column, choices="female, male")
    return found


def id_ending(text: str, *, column: str) -> str:
    if _ID_ENDING.fullmatch(text) is None:
        raise DomainError("id_ending_unclear" if text else "value_missing", field=column)
    return text.upper()


def currency(text: str, *, column: str) -> str:
    exponent_of(text, field=column)
    return text


def period(text: str, *, column: str) -> str:
    """An ``Every`` in its own spelling."""
    return str(Every.parse(text, field=column))


def multiple(text: str, *, column: str) -> int:
    found = whole(text, column=column)
    if found not in MULTIPLES:
        raise DomainError("multiple_unknown", field=column)
    return found


def matching(text: str, *, column: str, pattern: re.Pattern[str], code: str, longest: int) -> str:
    found = plain_text(text, column=column, longest=longest)
    if pattern.fullmatch(found) is None:
        raise DomainError(code, field=column)
    return found


def optional(text: str, *, reader: Reader, default: object = None) -> Any:
    """A blank cell is no value."""
    return reader(text) if text else default


def amount_reader(currency_code: str, *, column: str) -> Reader:
    """Reads minor units as ``parse_minor`` does; plain ``1234.50`` without going there."""
    decimals = exponent_of(currency_code)

    @lru_cache(maxsize=1024)  # most amounts of a book are 0.00, and many stand on line after line
    def amount(text: str) -> int:
        quick = quick_amount(text, decimals)
        return parse_minor(text, currency_code, field=column) if quick is None else quick

    return amount


def quick_amount(text: str, decimals: int) -> int | None:
    """Minor units of ASCII digits with exactly so many decimals; None: ask ``parse_minor``."""
    if decimals and text[-decimals - 1 : -decimals] != ".":
        return None
    digits = text[: -decimals - 1] + text[-decimals:] if decimals else text
    is_plain = decimals < len(digits) <= _QUICK_DIGITS and digits.isascii() and digits.isdigit()
    return int(digits) if is_plain else None


def quick_amounts(texts: Sequence[str], decimals: int) -> list[int] | None:
    """What ``quick_amount`` gives of each; None where it gives None of one."""
    written = ",".join(texts)
    if texts and _quick_amounts(decimals).fullmatch(written) is None:
        return None
    return list(map(int, written.replace(".", "").split(","))) if texts else []


@cache
def _quick_amounts(decimals: int) -> re.Pattern[str]:
    whole = rf"\d{{1,{_QUICK_DIGITS - decimals}}}"
    amount = rf"{whole}\.\d{{{decimals}}}" if decimals else whole
    return re.compile(f"{amount}(?:,{amount})*", re.ASCII)
