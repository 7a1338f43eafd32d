"""From what was typed to a plan: kind, a sum each time or a number of payments, how often, the first day, a sum first."""

from dataclasses import dataclass, replace
from datetime import date

from portal.domain.errors import DomainError
from portal.domain.legal_limits import refuse_too_many
from portal.domain.money import parse_minor
from portal.domain.offers import Standing
from portal.domain.options import payment_bounds, plan_nearest_to, refuse_outside
from portal.domain.plans import FREQUENCIES, Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan

_LONGEST_COUNT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumbers:
    """As typed. ``monthly`` (a sum each time) or ``installments`` is enough, of both the sum counts; kinds that count
    periods ask for these alone, and paying by a date for ``first_on``.
    """

    kind: str
    monthly: str = ""
    installments: str = ""
    every: str = ""
    first_on: str = ""
    upfront: str = ""
    upfront_on: str = ""
    steps: str = ""
    defer_periods: str = ""
    interest_periods: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The plan; where a sum each time was asked for and no plan comes to exactly that, both sums."""

    plan: Plan
    not_exactly: int | None = None
    comes_to: int = 0


def plan_from(typed: OwnNumbers, standing: Standing, *, day_of_month: int, weekday: int = 0) -> Found:
    """Raises what is wrong on its field: ``kind_missing``, ``own_numbers_missing``, ``count_not_a_number``, ``date_unclear``,
    ``frequency_missing``, and what amounts, bounds, pricing and the law refuse.
    """
    request = replace(
        standing.rules.request_for(_kind(typed.kind)), day_of_month=day_of_month, weekday=weekday
    )
    match request.kind:
        case PlanKind.DEFER:
            return _priced(
                replace(request, defer_periods=_count(typed.defer_periods, "defer_periods")), standing
            )
        case PlanKind.INTEREST_ONLY:
            periods = _count(typed.interest_periods, "interest_periods")
            return _priced(replace(request, interest_periods=periods), standing)
        case PlanKind.PAY_BY_DATE:
            return _priced(replace(request, first_on=_day(typed.first_on, "first_on")), standing)
        case _:
            return _in_parts(typed, request, standing)


def _in_parts(typed: OwnNumbers, request: PlanRequest, standing: Standing) -> Found:
    first = _upfront(typed.upfront, standing.facts.currency)
    request = replace(
        request,
        every=_every(typed.every),
        first_on=_day(typed.first_on, "first_on"),
        upfront_minor=first,
        upfront_on=_day(typed.upfront_on, "upfront_on") if first else None,
        steps=_count(typed.steps, "steps") if request.kind is PlanKind.STEP_UP else 0,
    )
    if typed.monthly.strip():
        return _nearest(typed.monthly, request, standing)
    if not typed.installments.strip():
        raise DomainError("own_numbers_missing", field="monthly")
    count = _count(typed.installments, "installments")
    if count == 0:
        raise DomainError("count_not_a_number", field="installments")
    asked = request.with_terms(count)
    refuse_too_many(asked)
    return _priced(asked, standing)


def _priced(request: PlanRequest, standing: Standing) -> Found:
    return Found(price_plan(standing.facts, request, standing.rules))


def _nearest(text: str, request: PlanRequest, standing: Standing) -> Found:
    currency = standing.facts.currency
    minor = parse_minor(text, currency, field="monthly")
    bounds = payment_bounds(standing.facts, standing.rules, request=request)
    refuse_outside(bounds, minor, field="monthly")
    plan, comes_to = plan_nearest_to(standing.facts, standing.rules, request, minor)
    return Found(plan, None if comes_to == minor else minor, comes_to)


def _kind(text: str) -> PlanKind:
    kind = next((kind for kind in PlanKind if kind == text), None)
    if kind is None or kind.is_offered_by_staff_alone:
        raise DomainError("kind_missing", field="kind")
    return kind


def _every(text: str) -> str:
    """A month is what a form without the question means."""
    if text and text not in FREQUENCIES:
        raise DomainError("frequency_missing", field="every")
    return text or FREQUENCIES[-1]


def _upfront(text: str, currency: str) -> int:
    return parse_minor(text, currency, field="upfront") if text.strip() else 0


def _count(text: str, field: str) -> int:
    plain = text.strip()
    if not plain.isdecimal() or len(plain) > _LONGEST_COUNT:
        raise DomainError("count_not_a_number", field=field)
    return int(plain)


def _day(text: str, field: str) -> date | None:
    plain = text.strip()
    if not plain:
        return None
    try:
        return date.fromisoformat(plain)
    except ValueError:
        raise DomainError("date_unclear", field=field) from None
