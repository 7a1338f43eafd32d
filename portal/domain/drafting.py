"""From a request to a draft: each kind of plan by its own module, on the dates that the rules allow."""

from datetime import date

from portal.domain.calendar import Every
from portal.domain.catch_up import draft_catch_up
from portal.domain.deferral import draft_deferral, reaches
from portal.domain.drafts import Draft
from portal.domain.errors import DomainError
from portal.domain.interest_only import draft_interest_only
from portal.domain.loans import LoanFacts
from portal.domain.owed import Owed
from portal.domain.pay_by_date import draft_pay_by_date
from portal.domain.plan_dates import earliest_first_date, first_date, plan_dates, promised_date, upfront_of
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.pricing_rules import PricingRules
from portal.domain.reschedule import draft_reschedule
from portal.domain.schedules import MOST_INSTALLMENTS
from portal.domain.settlement import draft_settlement
from portal.domain.step_up import draft_step_up


def draft_plan(loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> Draft:
    """The plan's payments on their reckoned dates, without cost and notes: what a search over many plans
    needs.
    """
    refuse_misfits(request, rules)
    match request.kind:
        case PlanKind.CATCH_UP | PlanKind.RESCHEDULE | PlanKind.STEP_UP:
            return _draft_in_parts(loan, owed, request, rules)
        case PlanKind.DEFER:
            return _draft_deferral(loan, owed, request, rules)
        case PlanKind.INTEREST_ONLY:
            return _draft_interest_only(loan, owed, request, rules)
        case PlanKind.PAY_BY_DATE:
            day = promised_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar)
            return draft_pay_by_date(owed, day, treatment=request.arrears_treatment)
        case PlanKind.SETTLEMENT:
            return _draft_settlement(loan, owed, request, rules)


def refuse_misfits(request: PlanRequest, rules: PricingRules) -> None:
    if not rules.policy.offers(request.kind):
        raise DomainError("kind_not_offered", field="kind")
    if request.upfront_minor < 0 or (request.upfront_minor and not request.kind.is_in_parts):
        raise DomainError("upfront_not_for_kind", field="upfront")


def _draft_in_parts(loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> Draft:
    refuse_count(request, MOST_INSTALLMENTS)
    first = first_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar)
    dates = plan_dates(first, request, request.installments)
    treatment, every = request.arrears_treatment, Every.parse(request.every)
    upfront = upfront_of(request, on=rules.on, policy=rules.policy, calendar=rules.calendar)
    match request.kind:
        case PlanKind.CATCH_UP:
            return draft_catch_up(loan, owed, dates, treatment=treatment, upfront=upfront)
        case PlanKind.STEP_UP:
            return draft_step_up(loan, owed, dates, request, policy=rules.policy, upfront=upfront)
        case _:
            return draft_reschedule(loan, owed, dates, every=every, treatment=treatment, upfront=upfront)


def _draft_deferral(loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> Draft:
    most = rules.policy.max_terms[PlanKind.DEFER]
    refuse_periods(request.defer_periods, most, "defer_periods")
    draft = draft_deferral(loan, owed, request)
    earliest = earliest_first_date(rules.on, rules.policy, rules.calendar)
    if draft.dates[0] < earliest:
        raise _too_short(loan, earliest, range(request.defer_periods + 1, most + 1))
    return draft


def _too_short(loan: LoanFacts, earliest: date, longer: range) -> DomainError:
    """Names the first of the ``longer`` ones that reaches ``earliest``; where none does, that a pause is no way out."""
    day, field = earliest.isoformat(), "defer_periods"
    fewest = next((periods for periods in longer if reaches(loan, periods, earliest)), None)
    if fewest is None:
        return DomainError("deferral_in_vain", field=field, earliest=day, maximum=longer.stop - 1)
    return DomainError("deferral_too_short", field=field, earliest=day, fewest=fewest)


def _draft_interest_only(loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> Draft:
    most = rules.policy.max_terms[PlanKind.INTEREST_ONLY]
    refuse_periods(request.interest_periods, most, "interest_periods")
    earliest = earliest_first_date(rules.on, rules.policy, rules.calendar)
    return draft_interest_only(loan, owed, request, earliest=earliest)


def _draft_settlement(loan: LoanFacts, owed: Owed, request: PlanRequest, rules: PricingRules) -> Draft:
    refuse_count(request, rules.policy.max_terms[PlanKind.SETTLEMENT])
    first = first_date(request, on=rules.on, policy=rules.policy, calendar=rules.calendar)
    dates = plan_dates(first, request, request.installments)
    return draft_settlement(loan, owed, dates, request.settle_minor, policy=rules.policy)


def refuse_count(request: PlanRequest, most: int) -> None:
    if not 1 <= request.installments <= most:
        raise DomainError("installments_out_of_range", field="installments", maximum=most)


def refuse_periods(periods: int, most: int, field: str) -> None:
    if not 1 <= periods <= most:
        raise DomainError("deferral_out_of_range", field=field, maximum=most)
