"""Plans as they were frozen."""

from portal.domain.plans import Plan
from portal.models import ProposalVersion


def plan_of(version: ProposalVersion) -> Plan:
    """The priced plan of a version, back from its terms."""
    return Plan.from_terms(version.terms)
