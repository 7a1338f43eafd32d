"""The smallest change that would have a plan approved at once (`proposal.md`, Policy)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.offers import Offer, Standing, offer_of
from portal.domain.pay_days import most_in_a_month
from portal.domain.payment_search import FEWEST_PAYMENTS
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Referral, terms_within
from portal.domain.pricing import price_plan

_CURABLE: Final = frozenset(
    {
        Referral.DRAFTED_BY_AGENT,
        Referral.BELOW_LIVING_FLOOR,
        Referral.SETTLEMENT_OR_WAIVER,
        Referral.RATE_UNCLEAR,
        Referral.KIND_NOT_AT_ONCE,
        Referral.AMOUNT_ABOVE_BAND,
        Referral.DPD_ABOVE_BAND,
        Referral.TERM_ABOVE_BAND,
        Referral.PAYMENT_BELOW_BAND,
        Referral.DEFERRAL_ALLOWANCE_USED,
    }
)
"""What lies in the plan and not in the loan or the person; every other reason wants a person whatever the terms are."""

_INSTEAD: Final = (PlanKind.CATCH_UP, PlanKind.RESCHEDULE, PlanKind.DEFER)
"""The kinds that stand in for any other; the rest are asked for by name."""


def nearest_at_once(offer: Offer, standing: Standing) -> Offer | None:
    """The plan nearest to this one that needs no person; None where it is at once already, or none is.

    Nearest is the same kind with as few payments (or periods) more or less as will do, all else as it was; where no such plan is,
    the plan of another kind whose most in a month comes nearest.
    """
    reasons = set(offer.assessment.reasons)
    if not reasons or not reasons <= _CURABLE:
        return None
    asked = offer.plan.request
    same = (_offered(request, standing) for request in _by_distance(asked, standing))
    found = next((other for other in same if other is not None), None)
    return found or _of_another_kind(offer, standing)


def _of_another_kind(offer: Offer, standing: Standing) -> Offer | None:
    asked, month = offer.plan.request, most_in_a_month(offer.plan)
    offers = (_offered(request, standing) for request in _other_kinds(asked, standing))
    return min(
        (other for other in offers if other is not None),
        key=lambda other: abs(most_in_a_month(other.plan) - month),
        default=None,
    )


def _by_distance(asked: PlanRequest, standing: Standing) -> Sequence[PlanRequest]:
    """Of the same kind within its band, nearest first; of two equally near the longer, which is easier to keep."""
    requests = _within_band(_as_policy_treats(asked, standing), standing)
    return sorted(requests, key=lambda request: (abs(request.terms - asked.terms), -request.terms))


def _other_kinds(asked: PlanRequest, standing: Standing) -> Iterator[PlanRequest]:
    for kind in _INSTEAD:
        if kind is not asked.kind:
            yield from _within_band(_of_kind(asked, kind, standing), standing)


def _of_kind(asked: PlanRequest, kind: PlanKind, standing: Standing) -> PlanRequest:
    """The same rhythm and day; what other kinds alone ask for is left out."""
    is_alike = asked.kind.is_in_parts and kind.is_in_parts
    return replace(
        standing.rules.request_for(kind),
        every=asked.every,
        day_of_month=asked.day_of_month,
        weekday=asked.weekday,
        first_on=asked.first_on if is_alike else None,
        upfront_minor=asked.upfront_minor if is_alike else 0,
        upfront_on=asked.upfront_on if is_alike else None,
    )


def _within_band(request: PlanRequest, standing: Standing) -> Sequence[PlanRequest]:
    band = standing.rules.policy.bands.get(request.kind)
    if band is None:
        return ()
    fewest = FEWEST_PAYMENTS if request.kind.is_in_parts else 1
    most = terms_within(band.max_terms, request)
    return [request.with_terms(count) for count in range(fewest, most + 1)]


def _as_policy_treats(request: PlanRequest, standing: Standing) -> PlanRequest:
    """Without a waiver: what only staff may offer is never approved by rule."""
    return replace(request, arrears_treatment=standing.rules.policy.arrears_treatment)


def _offered(request: PlanRequest, standing: Standing) -> Offer | None:
    """The offer where it can be priced, is lawful, and is approved at once."""
    try:
        offer = offer_of(price_plan(standing.facts, request, standing.rules), standing)
    except DomainError:
        return None
    return offer if offer.assessment.is_at_once else None
