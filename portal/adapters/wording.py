"""Sums, dates and cycles inside texts that are signed (rule A03). Independent of any request."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_name

from portal.domain.money import exponent_of

_ONE: Final[dict[str, dict[str, str]]] = {
    "zh_CN": {"day": "天", "week": "周", "month": "个月", "year": "年"},
    "en": {},
}
_SEVERAL: Final = {
    "zh_CN": {"day": "天", "week": "周", "month": "个月", "year": "年"},
    "en": {"day": "days", "week": "weeks", "month": "months", "year": "years"},
}
_DIGITS: Final = "零一二三四五六七八九"


@cache
def _locale(name: str) -> Locale:
    """Babel looks through a thousand files for a name; a document asks some five hundred times."""
    return Locale.parse(name)


class BabelWording:
    """``zone`` is the lender's; instants are written in it, with its offset."""

    def __init__(self, zone: str = "Asia/Shanghai") -> None:
        self._zone = ZoneInfo(zone)

    def money(self, minor: int, currency: str, locale: str) -> str:
        """``1,234.56 元`` for yuan in Chinese, else the ISO code: ``CNY 1,234.56``, ``1,234.56 美元``."""
        number = self.number(minor, currency, locale)
        if _locale(locale).language != "zh":
            return f"{currency} {number}"
        return (
            f"{number} {'元' if currency == 'CNY' else get_currency_name(currency, locale=_locale(locale))}"
        )

    def number(self, minor: int, currency: str, locale: str) -> str:
        """The digits alone, for columns whose heading names the currency."""
        places = exponent_of(currency)
        pattern = "#,##0." + "0" * places if places else "#,##0"
        return format_decimal(Decimal(minor).scaleb(-places), format=pattern, locale=_locale(locale))

    def day(self, iso: str, locale: str) -> str:
        pattern = "d MMMM y" if locale == "en" else "y年M月d日"
        return format_date(date.fromisoformat(iso), format=pattern, locale=_locale(locale))

    def short_day(self, iso: str, locale: str) -> str:
        """What stands beside an ISO date: 11月1日 周日, Sun 1 Nov."""
        pattern = "EEE d MMM" if locale == "en" else "M月d日 EEE"
        return format_date(date.fromisoformat(iso), format=pattern, locale=_locale(locale))

    def moment(self, iso: str) -> str:
        """``2026-11-01 09:30:12 +0800``"""
        return f"{datetime.fromisoformat(iso).astimezone(self._zone):%Y-%m-%d %H:%M:%S %z}"

    def currency(self, code: str, locale: str) -> str:
        return f"{get_currency_name(code, locale=_locale(locale))}（{code}）" if locale == "zh_CN" else code

    def cycle(self, every: str, locale: str) -> str:
        """``1 month`` is 个月, ``2 weeks`` is "2 周": what stands after "every"."""
        count, unit = every.split()
        unit = unit.removesuffix("s")
        if count == "1":
            return _ONE[locale].get(unit, unit)
        return f"{count} {_SEVERAL[locale][unit]}"

    def numeral(self, number: int, locale: str) -> str:
        """1 to 99 as clauses are counted: 十二, 12."""
        if locale == "en":
            return str(number)
        tens, ones = divmod(number, 10)
        head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
        return head + (_DIGITS[ones] if ones else "")
