"""What a plan is priced by besides the loan's own facts."""

from dataclasses import dataclass
from datetime import date

from portal.domain.calendar import BusinessCalendar
from portal.domain.plans import PlanKind, PlanRequest
from portal.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class PricingRules:
    """The rules in force on the day ``on``."""

    policy: Policy
    calendar: BusinessCalendar
    on: date

    def request_for(self, kind: PlanKind) -> PlanRequest:
        """A request of this kind with what the policy says of arrears, and of interest meanwhile."""
        return PlanRequest(
            kind=kind,
            arrears_treatment=self.policy.arrears_treatment,
            deferred_interest=self.policy.deferred_interest,
        )
