"""The smallest change that would have a plan approved at once (`proposal.md`, Policy)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from portal.domain.errors import DomainError
from portal.domain.offers import Offer, Standing, offer_of
from portal.domain.options import FEWEST_PAYMENTS
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Referral
from portal.domain.pricing import price_plan

_CURABLE: Final = frozenset({Referral.TERM_ABOVE_BAND, Referral.PAYMENT_BELOW_BAND})
"""What a shorter plan cures; every other reason wants a person whatever the terms are."""


def nearest_at_once(offer: Offer, standing: Standing) -> Offer | None:
    """The same plan with as few payments (or periods) less as will do; None where it is at once already, or none is."""
    reasons = set(offer.assessment.reasons)
    if not reasons or not reasons <= _CURABLE:
        return None
    offers = (_priced(request, standing) for request in _shorter(offer.plan.request, standing))
    return next((other for other in offers if other is not None and other.assessment.is_at_once), None)


def _shorter(request: PlanRequest, standing: Standing) -> Sequence[PlanRequest]:
    band = standing.rules.policy.bands[request.kind]
    if request.kind is PlanKind.DEFER:
        most = min(request.defer_periods - 1, band.max_terms)
        return [replace(request, defer_periods=count) for count in range(most, 0, -1)]
    most = min(request.installments - 1, band.max_terms)
    return [replace(request, installments=count) for count in range(most, FEWEST_PAYMENTS - 1, -1)]


def _priced(request: PlanRequest, standing: Standing) -> Offer | None:
    try:
        return offer_of(price_plan(standing.facts, request, standing.rules), standing)
    except DomainError:
        return None
