"""Who may not decide (rule P18): maker, drafter and approvers all differ; nobody decides for themselves or for somebody close."""

from collections.abc import Collection
from dataclasses import dataclass

from portal.domain.errors import AccessRefused


@dataclass(frozen=True, slots=True)
class Involved:
    """Staff who had a part in a proposal already, by id."""

    drafter_id: int | None
    earlier_decider_ids: Collection[int]
    related_ids: Collection[int]


def refuse_involved(staff_id: int, involved: Involved) -> None:
    """Raises ``AccessRefused``: ``related_case``, ``drafted_by_oneself``, ``decided_before_by_oneself``."""
    refuse_related(staff_id, involved)
    if staff_id == involved.drafter_id:
        raise AccessRefused("drafted_by_oneself", rule="P18")
    if staff_id in involved.earlier_decider_ids:
        # After a decline the borrower may ask again, and then somebody else answers.
        raise AccessRefused("decided_before_by_oneself", rule="P18")


def refuse_related(staff_id: int, involved: Involved) -> None:
    """Not even to be looked at."""
    if staff_id in involved.related_ids:
        raise AccessRefused("related_case", rule="P18")
