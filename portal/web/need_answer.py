"""From what was typed on the page "what would help" to the answer that is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.errors import DomainError
from portal.domain.journey import Need
from portal.domain.money import parse_minor
from portal.domain.plan_dates import LAST_DAY
from portal.domain.plans import FREQUENCIES
from portal.web.pay_day_choices import ANY_WEEKDAY, DAYS, WEEKDAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedTyped:
    """As typed; what a need does not ask for is not looked at."""

    need: str
    monthly: str = ""
    every: str = ""
    day: str = ""
    weekday: str = ""
    upfront: str = ""
    upfront_on: str = ""
    pay_on: str = ""


def answer_of(typed: NeedTyped, currency: str, *, usual_day: int) -> Mapping[str, object]:
    """Raises what is wrong on its field: ``need_missing``, ``frequency_missing``, ``day_not_possible``, ``weekday_unknown``,
    ``monthly_zero``, ``pay_on_missing``, ``date_unclear`` and what amounts refuse.
    """
    need = next((need for need in Need if need == typed.need), None)
    if need is None:
        raise DomainError("need_missing", field="need")
    if need is Need.BY_DATE and not typed.pay_on.strip():
        raise DomainError("pay_on_missing", field="pay_on")
    if need is Need.BY_DATE:
        return {"need": need.value, "day": usual_day, "pay_on": _day_of(typed.pay_on, "pay_on")}
    if not need.asks_for_a_sum:
        return {"need": need.value, "day": usual_day}
    minor = parse_minor(typed.monthly, currency, field="monthly")
    if minor == 0:
        raise DomainError("monthly_zero", field="monthly")
    first = typed.upfront.strip() and parse_minor(typed.upfront, currency, field="upfront")
    return {
        "need": need.value,
        "monthly_minor": minor,
        **_rhythm(typed, usual_day),
        **({"upfront_minor": first, **_first_day(typed)} if first else {}),
    }


def _first_day(typed: NeedTyped) -> Mapping[str, str]:
    """Left empty: as early as possible."""
    return {"upfront_on": _day_of(typed.upfront_on, "upfront_on")} if typed.upfront_on.strip() else {}


def _rhythm(typed: NeedTyped, usual_day: int) -> Mapping[str, object]:
    """How often and on which day; a month is what a form without the question means."""
    every = typed.every or FREQUENCIES[-1]
    if every not in FREQUENCIES:
        raise DomainError("frequency_missing", field="every")
    if every == FREQUENCIES[-1]:
        return {"day": _one_of(typed.day, {*DAYS, LAST_DAY}, "day_not_possible", "day")}
    weekday = _one_of(
        typed.weekday or str(ANY_WEEKDAY), {*WEEKDAYS, ANY_WEEKDAY}, "weekday_unknown", "weekday"
    )
    return {"day": usual_day, "every": every, "weekday": weekday}


def _one_of(text: str, allowed: set[int], code: str, field: str) -> int:
    """Of a list: written as the list writes it."""
    found = next((number for number in allowed if str(number) == text), None)
    if found is None:
        raise DomainError(code, field=field)
    return found


def _day_of(text: str, field: str) -> str:
    """As ISO writes it."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise DomainError("date_unclear", field=field) from None
