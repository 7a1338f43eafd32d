"""Who may not decide, and when one is not enough (rule P18): maker, drafter and approvers all differ; nobody decides for themselves
or for somebody close.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from portal.domain.errors import AccessRefused
from portal.domain.plans import Plan, PlanKind
from portal.domain.policy import Circumstances, Policy, Referral
from portal.domain.second_looks import SecondReason


@dataclass(frozen=True, slots=True)
class Involved:
    """Staff who had a part in a proposal already, by id. ``first_id`` decided it and waits for a second approver."""

    drafter_id: int | None
    earlier_decider_ids: Collection[int]
    related_ids: Collection[int]
    first_id: int | None = None


def refuse_involved(staff_id: int, involved: Involved) -> None:
    """Raises ``AccessRefused``: ``related_case``, ``drafted_by_oneself``, ``decided_before_by_oneself``."""
    refuse_related(staff_id, involved)
    if staff_id == involved.drafter_id:
        raise AccessRefused("drafted_by_oneself", rule="P18")
    if staff_id in involved.earlier_decider_ids:
        # After a decline the borrower may ask again, and then somebody else answers.
        raise AccessRefused("decided_before_by_oneself", rule="P18")


def refuse_first(staff_id: int, involved: Involved) -> None:
    """Nobody is their own second approver: raises ``AccessRefused("decided_first_by_oneself")``."""
    if staff_id == involved.first_id:
        raise AccessRefused("decided_first_by_oneself", rule="P18")


def refuse_related(staff_id: int, involved: Involved) -> None:
    """Not even to be looked at."""
    if staff_id in involved.related_ids:
        raise AccessRefused("related_case", rule="P18")


def reasons_for_second(
    plan: Plan, *, findings: Collection[Referral], circumstances: Circumstances, policy: Policy
) -> Sequence[SecondReason]:
    """Why a second approver has to agree to this plan; empty where one is enough. ``findings`` is what policy says of it."""
    rules = policy.second_look
    said = {
        SecondReason.SETTLEMENT: plan.kind is PlanKind.SETTLEMENT,
        SecondReason.WAIVER: plan.waived.total > rules.waived_minor,
        SecondReason.SUM: plan.advance > rules.sum_minor,
        SecondReason.DEFERRAL: plan.request.defer_periods > rules.defer_periods,
        SecondReason.STAFF_RELATION: rules.staff_relation and circumstances.is_staff_relation,
        SecondReason.AGENT_DRAFTED: rules.agent_drafted and circumstances.is_agent_drafted,
        SecondReason.OVERRIDE: any(finding.value in rules.overrides for finding in findings),
    }
    return tuple(reason for reason in SecondReason if said[reason])
