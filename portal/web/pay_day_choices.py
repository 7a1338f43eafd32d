"""The days on which payments can come, as choices: of a month, of a week."""

from datetime import date, timedelta
from typing import Final

from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from portal.domain.plan_dates import LAST_DAY
from portal.i18n import format_weekday

DAYS: Final = range(1, 29)
WEEKDAYS: Final = range(1, 8)
ANY_WEEKDAY: Final = 0
_MONDAY: Final = date(2026, 11, 2)


def month_day_choices() -> list[SelectChoice]:
    """1 to 28, and the last."""
    days = [SelectChoice(str(day), gettext("Day %(day)s", day=day)) for day in DAYS]
    return [*days, SelectChoice(str(LAST_DAY), gettext("The last day"))]


def weekday_choices() -> list[SelectChoice]:
    """Monday to Sunday."""
    return [SelectChoice(str(day), weekday_name(day)) for day in WEEKDAYS]


def any_weekday_choices() -> list[SelectChoice]:
    """As early as possible, and Monday to Sunday."""
    return [SelectChoice(str(ANY_WEEKDAY), gettext("Any day, as early as possible")), *weekday_choices()]


def weekday_name(day: int) -> str:
    """1 is Monday."""
    return format_weekday(_MONDAY + timedelta(days=day - 1))
