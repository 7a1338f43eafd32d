"""Locale choice, and how money, dates, times and counts are written."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, force_locale, get_locale

from portal.config import ROOT
from portal.domain.money import format_minor

LOCALES = ("zh_CN", "en")
TRANSLATIONS = ROOT / "portal" / "translations"
_PARSED: Final[Mapping[str, Locale]] = {name: Locale.parse(name) for name in LOCALES}
"""Held: to parse a name takes longer than to format a page's sums."""

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


def format_money(minor: int, currency: str = "CNY", *, locale: str | None = None) -> str:
    """``1,234.56 元`` in Chinese, ``CNY 1,234.56`` in English; a minus sign in front. ``locale`` is the present one if none is named."""
    sign = "-" if minor < 0 else ""
    whole, point, decimals = format_minor(abs(minor), currency).partition(".")
    digits = f"{int(whole):,}{point}{decimals}"
    if (locale or current_locale()) == "en":
        return f"{sign}{currency} {digits}"
    return f"{sign}{digits} 元" if currency == "CNY" else f"{sign}{digits} {currency}"


def format_date(day: date, *, locale: str | None = None) -> str:
    """``2026年11月1日`` or ``1 November 2026``."""
    if (locale or current_locale()) == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def format_weekday(day: date, *, locale: str | None = None) -> str:
    return _WEEKDAYS[locale or current_locale()][day.weekday()]


def format_percent(value: Decimal | str) -> str:
    """A percentage with the decimals that it carries: ``13.84%``."""
    return f"{value}%"


def format_count(number: int) -> str:
    return f"{number:,}"


@dataclass(frozen=True, slots=True)
class InstantFormats:
    """Writes instants in the business zone, in the present language if none is named."""

    zone: ZoneInfo
    locale: str | None = None

    def moment(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        return f"{format_date(local.date(), locale=self.locale)} {local:%H:%M}"

    def deadline(self, instant: datetime) -> str:
        """Date, weekday and time: how a promise is written."""
        locale, local = self.locale or current_locale(), instant.astimezone(self.zone)
        day, weekday = format_date(local.date(), locale=locale), format_weekday(local.date(), locale=locale)
        return f"{weekday} {day}, {local:%H:%M}" if locale == "en" else f"{day}（{weekday}）{local:%H:%M}"

    def time(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.zone):%H:%M}"


def filters_in(locale: str | None, zone: ZoneInfo) -> Mapping[str, Callable[..., str]]:
    """``money, date, weekday, datetime, deadline, time, percent, count, iso``; without a locale they follow the request's."""
    formats = InstantFormats(zone, locale)
    return {
        "money": partial(format_money, locale=locale),
        "date": partial(format_date, locale=locale),
        "weekday": partial(format_weekday, locale=locale),
        "datetime": formats.moment,
        "deadline": formats.deadline,
        "time": formats.time,
        "percent": format_percent,
        "count": format_count,
        "iso": date.isoformat,
    }


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
    """Wire Flask-Babel and the filters of ``filters_in``. ``selector`` gives one of ``LOCALES``."""

    def held() -> Locale:
        chosen: str = selector()
        return _PARSED[chosen]

    babel = _Babel(app, default_locale=default, locale_selector=held)
    app.jinja_env.filters.update(filters_in(None, zone))
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
