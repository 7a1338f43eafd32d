"""One's own numbers: the kind, how often, how much or how many, from when, a sum first. Bounds are shown before they are asked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.errors import DomainError
from portal.domain.journey import Question
from portal.domain.kind_options import deferrals_in_reach
from portal.domain.money import format_minor
from portal.domain.offers import need_request, slower_lawful
from portal.domain.options import payment_bounds
from portal.domain.plan_dates import first_dates, promised_dates, upfront_dates
from portal.domain.plans import FREQUENCIES as EVERY
from portal.domain.plans import PlanKind
from portal.domain.step_up import FEWEST_STEPS, MOST_STEPS
from portal.i18n import format_money
from portal.web.journeys import Journey
from portal.web.labels import FREQUENCIES, PLAN_KIND_HINTS, PLAN_KINDS
from portal.web.own_numbers import Found, OwnNumbers, plan_from
from portal.web.typed import shown_again


class OwnForm(FlaskForm):
    """All as text: the rules parse it, so that nothing strange gets through."""

    kind = RadioField(lazy_gettext("What kind of plan?"), validate_choice=False)
    every = RadioField(lazy_gettext("How often?"), choices=[*FREQUENCIES.items()], validate_choice=False)
    monthly = StringField(lazy_gettext("How much each time, at most?"), filters=[shown_again])
    installments = StringField(lazy_gettext("In how many payments?"), filters=[shown_again])
    steps = RadioField(
        lazy_gettext("In how many steps do payments rise?"),
        choices=[(str(steps), str(steps)) for steps in range(FEWEST_STEPS, MOST_STEPS + 1)],
        validate_choice=False,
    )
    first_on = StringField(lazy_gettext("First payment on"), filters=[shown_again])
    upfront = StringField(lazy_gettext("Can you pay a sum first?"), filters=[shown_again])
    upfront_on = StringField(lazy_gettext("On which day would you pay it?"), filters=[shown_again])
    interest_periods = RadioField(lazy_gettext("Interest alone for how long?"), validate_choice=False)
    defer_periods = RadioField(lazy_gettext("Move the dates by how much?"), validate_choice=False)


def plan_of_form(journey: Journey, form: OwnForm) -> Found:
    """Raises what is wrong on its field."""
    need = journey.kept(Question.NEED)
    typed = OwnNumbers(**{name: getattr(form, name).data or "" for name in OwnNumbers.__dataclass_fields__})
    return plan_from(
        typed,
        journey.situation.standing,
        day_of_month=int(need["day"]),
        weekday=int(need.get("weekday", 0)),
    )


def not_exactly(found: Found, currency: str) -> str | None:
    """What is said where no plan comes to exactly what was typed."""
    if found.not_exactly is None:
        return None
    return str(
        gettext(
            "No plan comes to exactly %(asked)s each time. This is the nearest: %(found)s.",
            asked=format_money(found.not_exactly, currency),
            found=format_money(found.comes_to, currency),
        )
    )


def own_values(journey: Journey, form: OwnForm, error: DomainError | None) -> dict[str, Any]:
    """What the form shows beside its fields: bounds, days, and the nearest that the law allows where it refused."""
    standing = journey.situation.standing
    rules = standing.rules
    need = journey.kept(Question.NEED)
    asked = replace(
        rules.request_for(PlanKind.CATCH_UP),
        every=_chosen_every(form),
        day_of_month=int(need["day"]),
        weekday=int(need.get("weekday", 0)),
    )
    return {
        "bounds": payment_bounds(standing.facts, rules, request=asked),
        "arrears": journey.situation.arrears.total,
        "first_days": upfront_dates(rules.on, rules.policy, rules.calendar),
        "dates": first_dates(rules.on, rules.policy, rules.calendar),
        "pay_dates": promised_dates(rules.on, rules.policy, rules.calendar),
        "top_pct": rules.policy.step_up_top_pct,
        "kind_hints": {kind.value: text for kind, text in PLAN_KIND_HINTS.items()},
        "nearest": _nearest_lawful(journey, form, error),
    }


def _nearest_lawful(journey: Journey, form: OwnForm, error: DomainError | None) -> int | None:
    """The number of payments that the law allows, nearest to what was refused by it."""
    if error is None:
        return None
    match error.code:
        case "plan_too_long":
            return int(str(error.details["most"]))
        case "rate_above_cap" | "total_above_cap":
            asked = plan_of_form(journey, form).plan.request
            offer = slower_lawful(asked, journey.situation.standing)
            return None if offer is None else offer.plan.request.installments
        case _:
            return None


def _chosen_every(form: OwnForm) -> str:
    """The frequency that the page's bounds are for; the last is the month."""
    typed = form.every.data
    return str(typed) if typed in EVERY else EVERY[-1]


def own_form(journey: Journey) -> OwnForm:
    need, kept, policy = journey.kept(Question.NEED), journey.kept(Question.CHOICE), journey.situation.policy
    asked = need_request(need, journey.situation.standing.rules)
    first = int(kept.get("upfront_minor", asked.upfront_minor))
    deferrals = _deferrals(journey)
    deferred = kept.get("defer_periods")
    form = OwnForm(
        kind=kept.get("kind", asked.kind.value),
        every=kept.get("every", asked.every),
        steps=str(kept.get("steps") or FEWEST_STEPS),
        first_on=kept.get("first_on") or need.get("pay_on") or "",
        upfront=format_minor(first, journey.loan.currency) if first else "",
        upfront_on=kept.get("upfront_on", need.get("upfront_on", "")),
        interest_periods=str(kept.get("interest_periods") or 1),
        defer_periods=str(deferred if deferred in deferrals else next(iter(deferrals), 1)),
    )
    form.kind.choices = [
        SelectChoice(kind.value, text)
        for kind, text in PLAN_KINDS.items()
        if policy.offers(kind) and not kind.is_offered_by_staff_alone
    ]
    form.defer_periods.choices = _periods(deferrals)
    form.interest_periods.choices = _periods(range(1, policy.max_terms.get(PlanKind.INTEREST_ONLY, 0) + 1))
    return form


def _deferrals(journey: Journey) -> Sequence[int]:
    """Those that reach far enough; where none does, all, so that the refusal says what is missing."""
    standing = journey.situation.standing
    most = journey.situation.policy.max_terms.get(PlanKind.DEFER, 0)
    return deferrals_in_reach(standing.facts, standing.rules) or range(1, most + 1)


def _periods(choices: Sequence[int]) -> list[SelectChoice]:
    return [
        SelectChoice(str(periods), ngettext("%(num)s period", "%(num)s periods", periods))
        for periods in choices
    ]
