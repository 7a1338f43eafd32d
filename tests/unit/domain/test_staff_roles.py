"""Which roles go together, and what takes two people (rule P18)."""

import pytest

from portal.domain.permissions import Role
from portal.domain.staff_roles import needs_second, refuse_oneself, refuse_roles, refuse_second_of_change
from tests.unit.domain.refusals import Refusal, refusal


@pytest.mark.parametrize(
    ("roles", "has_agency", "refused"),
    [
        ([], False, ("roles_missing", "roles", None)),
        ([Role.APPROVER, Role.SUPERVISOR], False, None),
        ([Role.ADMINISTRATOR], False, None),
        ([Role.ADMINISTRATOR, Role.APPROVER], False, ("roles_not_together", "roles", None)),
        ([Role.ADMINISTRATOR, Role.SUPERVISOR], False, ("roles_not_together", "roles", None)),
        ([Role.AUDITOR], False, None),
        ([Role.AUDITOR, Role.CALLER], False, ("roles_not_together", "roles", None)),
        ([Role.COLLECTOR], True, None),
        ([Role.COLLECTOR], False, ("agency_missing", "agency", None)),
        ([Role.COLLECTOR, Role.CALLER], True, ("roles_not_together", "roles", None)),
        ([Role.CALLER], True, ("agency_not_for_role", "agency", None)),
    ],
)
def test_who_decides_does_nothing_else_that_would_check_them(
    roles: list[Role], has_agency: bool, refused: Refusal | None
) -> None:
    assert refusal(lambda: refuse_roles(roles, has_agency=has_agency)) == refused


@pytest.mark.parametrize("power", [Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_a_power_is_given_by_two_and_taken_away_by_one(power: Role) -> None:
    assert needs_second([], [power])
    assert needs_second([Role.CALLER], [Role.CALLER, power])
    assert not needs_second([power], [])
    assert not needs_second([power], [power])


def test_other_roles_are_given_by_one() -> None:
    assert not needs_second([], [Role.CALLER])
    assert not needs_second([], [Role.COLLECTOR])


def test_nobody_changes_their_own_rights() -> None:
    assert refusal(lambda: refuse_oneself(7, 7)) == ("staff_oneself", None, "P18")
    assert refusal(lambda: refuse_oneself(7, 8)) is None
    assert refusal(lambda: refuse_oneself(None, 8)) is None


@pytest.mark.parametrize("staff_id", [7, 8])
def test_the_second_person_is_neither_who_asked_nor_whom_it_is_about(staff_id: int) -> None:
    assert refusal(lambda: refuse_second_of_change(staff_id, asked_by=7, member_id=8)) == (
        "staff_change_by_oneself",
        None,
        "P18",
    )


@pytest.mark.parametrize("member_id", [8, None])
def test_anybody_else_is_a_second_person(member_id: int | None) -> None:
    assert refusal(lambda: refuse_second_of_change(9, asked_by=7, member_id=member_id)) is None
