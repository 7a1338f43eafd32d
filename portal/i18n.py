"""Locale choice, and how money, dates, times and counts are written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, force_locale, get_locale

from portal.config import ROOT
from portal.domain.money import format_minor

LOCALES = ("zh_CN", "en")
TRANSLATIONS = ROOT / "portal" / "translations"

_WEEKDAYS = {
    "zh_CN": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def current_locale() -> str:
    """The locale of this request or of the running command: one of ``LOCALES``."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh_CN"


def format_money(minor: int, currency: str = "CNY") -> str:
    """``1,234.56 元`` in Chinese, ``CNY 1,234.56`` in English; a minus sign in front."""
    sign = "-" if minor < 0 else ""
    whole, point, decimals = format_minor(abs(minor), currency).partition(".")
    digits = f"{int(whole):,}{point}{decimals}"
    if current_locale() == "en":
        return f"{sign}{currency} {digits}"
    return f"{sign}{digits} 元" if currency == "CNY" else f"{sign}{digits} {currency}"


def format_date(day: date) -> str:
    """``2026年11月1日`` or ``1 November 2026``."""
    if current_locale() == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def format_weekday(day: date) -> str:
    return _WEEKDAYS[current_locale()][day.weekday()]


def format_percent(value: Decimal | str) -> str:
    """A percentage with the decimals that it carries: ``13.84%``."""
    return f"{value}%"


def format_count(number: int) -> str:
    return f"{number:,}"


@dataclass(frozen=True, slots=True)
class InstantFormats:
    """Writes instants in the business zone."""

    zone: ZoneInfo

    def moment(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        return f"{format_date(local.date())} {local:%H:%M}"

    def deadline(self, instant: datetime) -> str:
        """Date, weekday and time: how a promise is written."""
        local = instant.astimezone(self.zone)
        day, weekday = format_date(local.date()), format_weekday(local.date())
        return (
            f"{day}（{weekday}）{local:%H:%M}"
            if current_locale() != "en"
            else f"{weekday} {day}, {local:%H:%M}"
        )

    def time(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.zone):%H:%M}"


class _Catalogues(Domain):  # carries no types
    """Finds a catalogue by our name of the locale: Babel writes zh_CN as zh_Hans_CN and would look for that directory."""

    def get_translations(self) -> NullTranslations:
        return catalogue(current_locale())


class _Babel(Babel):  # carries no types
    @property
    def domain_instance(self) -> Domain:
        return _Catalogues()


@cache
def catalogue(locale: str) -> NullTranslations:
    """The compiled catalogue of one of ``LOCALES``; an empty one where ``bin/setup`` has not compiled it."""
    return Translations.load(str(TRANSLATIONS), [locale])


def init_i18n(app: Flask, *, zone: ZoneInfo, default: str, selector: Any) -> Babel:
    """Wire Flask-Babel and the filters ``money, date, weekday, datetime, deadline, time, percent, count, iso``."""
    babel = _Babel(app, default_locale=default, locale_selector=selector)
    formats = InstantFormats(zone)
    filters: Mapping[str, Any] = {
        "money": format_money,
        "date": format_date,
        "weekday": format_weekday,
        "datetime": formats.moment,
        "deadline": formats.deadline,
        "time": formats.time,
        "percent": format_percent,
        "count": format_count,
        "iso": date.isoformat,
    }
    app.jinja_env.filters.update(filters)
    return babel


@cache
def _command_app(default: str) -> Flask:
    app = Flask("portal.commands")
    _Babel(app, default_locale=default)
    return app


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Speak a language outside a request: commands, the worker, documents."""
    with _command_app("zh_CN").app_context(), force_locale(locale):
        yield


def has_catalogue(locale: str) -> bool:
    """Whether the compiled catalogue of a locale is there (``bin/setup`` compiles them)."""
    return isinstance(catalogue(locale), Translations)
