"""From what was typed to a plan: kind, a sum a month or a number of payments, the first day."""

from dataclasses import dataclass, replace
from datetime import date

from portal.domain.errors import DomainError
from portal.domain.legal_limits import refuse_too_many
from portal.domain.money import parse_minor
from portal.domain.offers import Standing
from portal.domain.options import payment_bounds, plan_nearest_to, refuse_outside
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.pricing import price_plan

_LONGEST_COUNT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumbers:
    """As typed. ``monthly`` or ``installments`` is enough, of both the sum counts; moving dates asks for ``defer_periods`` alone."""

    kind: str
    monthly: str = ""
    installments: str = ""
    defer_periods: str = ""
    first_on: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The plan, and the sum that was asked for where no plan comes to exactly that."""

    plan: Plan
    not_exactly: int | None = None


def plan_from(typed: OwnNumbers, standing: Standing, *, day_of_month: int) -> Found:
    """Raises what is wrong on its field: ``kind_missing``, ``own_numbers_missing``, ``count_not_a_number``, ``date_unclear``,
    and what amounts, bounds, pricing and the law refuse.
    """
    policy = standing.rules.policy
    request = PlanRequest(
        kind=_kind(typed.kind),
        day_of_month=day_of_month,
        arrears_treatment=policy.arrears_treatment,
        deferred_interest=policy.deferred_interest,
    )
    if request.kind is PlanKind.DEFER:
        periods = _count(typed.defer_periods, "defer_periods")
        return Found(price_plan(standing.facts, replace(request, defer_periods=periods), standing.rules))
    request = replace(request, first_on=_first_on(typed.first_on))
    if typed.monthly.strip():
        return _nearest(typed.monthly, request, standing)
    if typed.installments.strip():
        return Found(_plan_of_count(typed.installments, request, standing))
    raise DomainError("own_numbers_missing", field="monthly")


def _plan_of_count(text: str, request: PlanRequest, standing: Standing) -> Plan:
    asked = replace(request, installments=_count(text, "installments"))
    refuse_too_many(asked)
    return price_plan(standing.facts, asked, standing.rules)


def _nearest(text: str, request: PlanRequest, standing: Standing) -> Found:
    currency = standing.facts.currency
    minor = parse_minor(text, currency, field="monthly")
    bounds = payment_bounds(standing.facts, standing.rules, request=request)
    refuse_outside(bounds, minor, field="monthly")
    plan, is_exact = plan_nearest_to(standing.facts, standing.rules, request, minor)
    return Found(plan, None if is_exact else minor)


def _kind(text: str) -> PlanKind:
    kind = next((kind for kind in PlanKind if kind == text), None)
    if kind is None or kind.is_offered_by_staff_alone:
        raise DomainError("kind_missing", field="kind")
    return kind


def _count(text: str, field: str) -> int:
    plain = text.strip()
    if not plain.isdecimal() or len(plain) > _LONGEST_COUNT:
        raise DomainError("count_not_a_number", field=field)
    return int(plain)


def _first_on(text: str) -> date | None:
    plain = text.strip()
    if not plain:
        return None
    try:
        return date.fromisoformat(plain)
    except ValueError:
        raise DomainError("date_unclear", field="first_on") from None
