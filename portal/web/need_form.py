"""What would help, and how: a sum each time and how often, smaller first, interest first, a pause, or all by a day."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.journey import Need, Question
from portal.domain.money import format_minor
from portal.domain.offers import offered_needs, refuse_need
from portal.domain.options import payment_bounds
from portal.domain.plan_dates import promised_dates, upfront_dates
from portal.domain.plans import FREQUENCIES, PlanKind
from portal.i18n import format_money
from portal.web import labels, writes
from portal.web.journeys import Journey
from portal.web.need_answer import NeedTyped, answer_of
from portal.web.pay_day_choices import ANY_WEEKDAY, any_weekday_choices, month_day_choices
from portal.web.typed import shown_again

_NEEDS = {
    Need.MONTHLY: lazy_gettext("Paying a smaller sum each time"),
    Need.STEP_UP: lazy_gettext("Less at first, more later"),
    Need.INTEREST_FIRST: lazy_gettext("Interest alone at first"),
    Need.PAUSE: lazy_gettext("A pause first, paying later"),
    Need.BY_DATE: lazy_gettext("Paying all that is overdue by a day soon"),
}


class NeedForm(FlaskForm):
    """What would help, and how much can be managed. All as text: the rules parse it."""

    need = RadioField(lazy_gettext("What would help you now?"), validate_choice=False)
    monthly = StringField(lazy_gettext("How much can you manage each time?"), filters=[shown_again])
    every = RadioField(
        lazy_gettext("How often?"), choices=[*labels.FREQUENCIES.items()], validate_choice=False
    )
    day = SelectField(lazy_gettext("On which day of the month?"), validate_choice=False)
    weekday = SelectField(lazy_gettext("On which day of the week?"), validate_choice=False)
    upfront = StringField(lazy_gettext("Can you pay a sum first?"), filters=[shown_again])
    upfront_on = StringField(lazy_gettext("On which day would you pay it?"), filters=[shown_again])
    pay_on = StringField(lazy_gettext("By which day?"), filters=[shown_again])


def need_form(journey: Journey) -> NeedForm:
    kept, currency = journey.kept(Question.NEED), journey.loan.currency
    form = NeedForm(
        need=kept.get("need"),
        monthly=_shown(kept.get("monthly_minor"), currency),
        every=kept.get("every", FREQUENCIES[-1]),
        day=str(kept.get("day", _usual_day(journey))),
        weekday=str(kept.get("weekday", ANY_WEEKDAY)),
        upfront=_shown(kept.get("upfront_minor"), currency),
        upfront_on=kept.get("upfront_on", ""),
        pay_on=kept.get("pay_on", ""),
    )
    form.need.choices = [
        SelectChoice(need.value, _NEEDS[need]) for need in offered_needs(journey.situation.standing)
    ]
    form.day.choices = month_day_choices()
    form.weekday.choices = any_weekday_choices()
    return form


def typed_need(form: NeedForm, journey: Journey) -> Mapping[str, object]:
    """The answer, as it is kept. Raises what is wrong on its field."""
    typed = NeedTyped(**{name: getattr(form, name).data or "" for name in NeedTyped.__dataclass_fields__})
    answer = answer_of(typed, journey.loan.currency, usual_day=_usual_day(journey))
    refuse_need(answer, journey.situation.standing)
    return answer


def need_values(journey: Journey) -> dict[str, Any]:
    """What the form shows beside its fields: bounds, days, the sums that are usual."""
    rules = journey.situation.standing.rules
    return {
        "usual": _usual_installment(journey),
        "least": _least_each_time(journey),
        "arrears": journey.situation.arrears.total,
        "first_days": upfront_dates(rules.on, rules.policy, rules.calendar),
        "pay_dates": promised_dates(rules.on, rules.policy, rules.calendar),
    }


def _shown(minor: int | None, currency: str) -> str:
    return format_minor(minor, currency) if minor else ""


def _least_each_time(journey: Journey) -> dict[str, str]:
    """By frequency: the smallest payments that make a plan, usual installments included."""
    standing = journey.situation.standing
    asked = standing.rules.request_for(PlanKind.CATCH_UP)
    return {
        every: gettext(
            "from %(sum)s each time",
            sum=format_money(
                payment_bounds(
                    standing.facts, standing.rules, request=replace(asked, every=every)
                ).shown_lowest,
                journey.loan.currency,
            ),
        )
        for every in FREQUENCIES
    }


def _usual_day(journey: Journey) -> int:
    """The day on which the loan's own installments fall due, so that nothing new must be remembered."""
    installments = journey.situation.facts.installments
    return min(installments[-1].due_on.day, 28) if installments else 1


def _usual_installment(journey: Journey) -> int:
    """The largest installment still to come, minor units; 0 where none is."""
    facts, today = journey.situation.facts, writes.today()
    coming = (row.outstanding.total for row in facts.installments if row.due_on >= today)
    return max(coming, default=0)
