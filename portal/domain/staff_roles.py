"""Which roles go together, and which of them only two people give (rule P18)."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from portal.domain.errors import AccessRefused, DomainError
from portal.domain.permissions import Role

POWERS: Final = frozenset({Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR})
"""Whoever gets one of these decides about others' money or accounts: one asks for it, another agrees."""
ALONE: Final = frozenset({Role.COLLECTOR, Role.AUDITOR})
"""An agency's staff decide nothing at the lender's, and an auditor has no part in what they read."""
_DECIDING: Final = frozenset({Role.APPROVER, Role.SUPERVISOR})


class StaffChangeKind(StrEnum):
    """What needs a second person."""

    ROLES = "roles"
    SECOND_FACTOR = "second_factor"
    INVITATION = "invitation"


class StaffChangeState(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


def refuse_roles(roles: Collection[Role], *, has_agency: bool) -> None:
    """Raises ``roles_missing``, ``roles_not_together``, ``agency_missing``, ``agency_not_for_role``."""
    if not roles:
        raise DomainError("roles_missing", field="roles")
    if len(roles) > 1 and ALONE & frozenset(roles):
        raise DomainError("roles_not_together", field="roles")
    if Role.ADMINISTRATOR in roles and _DECIDING & frozenset(roles):
        raise DomainError("roles_not_together", field="roles")
    if Role.COLLECTOR in roles and not has_agency:
        raise DomainError("agency_missing", field="agency")
    if has_agency and Role.COLLECTOR not in roles:
        raise DomainError("agency_not_for_role", field="agency")


def needs_second(before: Collection[Role], after: Collection[Role]) -> bool:
    """Something is given that decides; taking away never waits."""
    return bool(POWERS & (frozenset(after) - frozenset(before)))


def refuse_oneself(actor_id: int | None, member_id: int) -> None:
    """Nobody changes their own account's rights: raises ``AccessRefused("staff_oneself")``."""
    if actor_id == member_id:
        raise AccessRefused("staff_oneself", rule="P18")


def refuse_second_of_change(staff_id: int, *, asked_by: int, member_id: int | None) -> None:
    """The second person is neither who asked nor whom it is about: raises ``AccessRefused("staff_change_by_oneself")``."""
    if staff_id in {asked_by, member_id}:
        raise AccessRefused("staff_change_by_oneself", rule="P18")
