"""The smallest change that would have a plan approved at once (`proposal.md`, Policy)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.offers import Offer, Standing, offer_of
from portal.domain.options import FEWEST_PAYMENTS
from portal.domain.pay_days import most_in_a_month
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Referral
from portal.domain.pricing import price_plan

_CURABLE: Final = frozenset(
    {
        Referral.DRAFTED_BY_AGENT,
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
    have = _terms(asked)
    requests = _within_band(_as_policy_treats(asked, standing), standing)
    return sorted(requests, key=lambda request: (abs(_terms(request) - have), -_terms(request)))


def _other_kinds(asked: PlanRequest, standing: Standing) -> Iterator[PlanRequest]:
    for kind in standing.rules.policy.bands:
        if kind is not asked.kind:
            yield from _within_band(replace(_as_policy_treats(asked, standing), kind=kind), standing)


def _within_band(request: PlanRequest, standing: Standing) -> Sequence[PlanRequest]:
    band = standing.rules.policy.bands.get(request.kind)
    if band is None:
        return ()
    if request.kind is PlanKind.DEFER:
        return [
            replace(request, installments=0, defer_periods=count) for count in range(1, band.max_terms + 1)
        ]
    return [
        replace(request, installments=count, defer_periods=0)
        for count in range(FEWEST_PAYMENTS, band.max_terms + 1)
    ]


def _as_policy_treats(request: PlanRequest, standing: Standing) -> PlanRequest:
    """Without a waiver: what only staff may offer is never approved by rule."""
    return replace(request, arrears_treatment=standing.rules.policy.arrears_treatment)


def _terms(request: PlanRequest) -> int:
    return request.defer_periods if request.kind is PlanKind.DEFER else request.installments


def _offered(request: PlanRequest, standing: Standing) -> Offer | None:
    """The offer where it can be priced, is lawful, and is approved at once."""
    try:
        offer = offer_of(price_plan(standing.facts, request, standing.rules), standing)
    except DomainError:
        return None
    return offer if offer.assessment.is_at_once else None
