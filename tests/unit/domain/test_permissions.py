"""What each role may do; roles are few, closed and add up."""

from collections.abc import Mapping
from itertools import product

import pytest

from portal.domain.errors import AccessRefused
from portal.domain.permissions import (
    SYSTEM,
    Actor,
    ActorKind,
    OnCall,
    Permission,
    Role,
    require,
    require_borrower,
)

DECIDES = {
    "desk:see",
    "reference:find",
    "queue:see",
    "case:see",
    "case:claim",
    "proposal:decide",
    "person:reveal",
    "message:read",
    "message:write",
    "attachment:open",
    "service:see",
    "service:see_all",
    "service:handle",
    "service:decide",
    "hold:set",
    "hold:end",
    "legal_hold:set",
    "hold:see",
    "second:see",
    "leave:take",
}
MAY: Mapping[Role, set[str]] = {
    Role.AGENT: {
        "desk:see",
        "reference:find",
        "service:see",
        "service:handle",
        "hold:set",
        "support:call",
        "support:tasks",
        "leave:take",
        "hold:see",
        "guide:read",
    },
    Role.APPROVER: DECIDES,
    Role.SUPERVISOR: DECIDES
    | {
        "team:manage",
        "service:assign",
        "call:override",
        "guide:read",
        "guide:write",
        "support:supervise",
        "figures:see",
    }
    | {"team:see", "call:override_see", "support:watch", "staff:see", "staff:confirm"}
    | {"agency:see", "agency:manage", "incident:see", "incident:manage"}
    | {"policy:see", "policy:draft", "policy:approve"},
    Role.AUDITOR: {
        "desk:see",
        "reference:find",
        "queue:see",
        "case:see",
        "message:read",
        "evidence:make",
        "figures:see",
        "service:see",
        "service:see_all",
        "guide:read",
        "policy:see",
        "hold:see",
        "second:see",
        "team:see",
        "call:see",
        "call:override_see",
        "support:tasks",
        "support:watch",
        "staff:see",
        "agency:see",
        "incident:see",
    },
    Role.ADMINISTRATOR: {
        "desk:see",
        "staff:see",
        "staff:manage",
        "staff:confirm",
        "agency:see",
        "agency:manage",
        "incident:see",
        "incident:manage",
    },
    Role.COLLECTOR: {"desk:see", "call:see", "call:make", "guide:read"},
    Role.CALLER: {
        "desk:see",
        "reference:find",
        "call:see",
        "call:make",
        "call:link",
        "call:override_ask",
        "guide:read",
        "leave:take",
    },
}
CELLS = list(product(Role, Permission))


def _staff(*roles: Role) -> Actor:
    return Actor(ActorKind.STAFF, 1, frozenset(roles))


@pytest.mark.parametrize(("role", "permission"), CELLS)
def test_each_role_may_what_is_declared_here_and_nothing_else(role: Role, permission: Permission) -> None:
    assert _staff(role).may(permission) is (permission.value in MAY[role])


def test_roles_of_one_person_add_up() -> None:
    both = _staff(Role.AUDITOR, Role.ADMINISTRATOR)
    assert both.permissions == {Permission(name) for name in MAY[Role.AUDITOR] | MAY[Role.ADMINISTRATOR]}


@pytest.mark.parametrize("actor", [SYSTEM, Actor(ActorKind.PUBLIC), Actor(ActorKind.BORROWER, 7), _staff()])
def test_who_has_no_role_may_nothing(actor: Actor) -> None:
    assert actor.permissions == frozenset()
    for permission in Permission:
        with pytest.raises(AccessRefused, match="permission_missing") as error:
            require(actor, permission)
        assert error.value.status == 403
        assert error.value.details == {"permission": permission.value}


def test_who_has_the_right_is_let_through() -> None:
    require(_staff(Role.APPROVER), Permission.PROPOSAL_DECIDE)


@pytest.mark.parametrize(
    ("kind", "staff_id"),
    [(kind, 7 if kind is ActorKind.STAFF else None) for kind in ActorKind],
)
def test_only_staff_do_something_by_hand(kind: ActorKind, staff_id: int | None) -> None:
    assert Actor(kind, 7).staff_id == staff_id


def test_nobody_both_manages_staff_and_decides_by_one_role() -> None:
    for role in Role:
        assert not {"staff:manage", "proposal:decide"} <= MAY[role]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(AccessRefused) as refusal:
        require(SYSTEM, Permission("queue:see"))
    assert (refusal.value.code, refusal.value.details) == ("permission_missing", {"permission": "queue:see"})


BORROWER = Actor(ActorKind.BORROWER, 17)


def test_the_borrower_acts_for_themselves() -> None:
    require_borrower(BORROWER)
    require_borrower(BORROWER, borrower_id=17)


@pytest.mark.parametrize(
    ("actor", "borrower_id"),
    [
        (BORROWER, 18),
        (Actor(ActorKind.BORROWER), None),
        (Actor(ActorKind.STAFF, 17, frozenset(Role)), None),
        (Actor(ActorKind.STAFF, 17, frozenset(Role)), 17),
        (SYSTEM, None),
    ],
    ids=["another borrower", "nobody yet", "every role", "of the same number", "the system"],
)
def test_nobody_else_acts_in_a_borrowers_place(actor: Actor, borrower_id: int | None) -> None:
    with pytest.raises(AccessRefused) as refusal:
        require_borrower(actor, borrower_id=borrower_id)
    assert (refusal.value.code, refusal.value.rule) == ("only_the_borrower", "D04")


def test_every_event_of_a_call_says_which_with_whom_and_why() -> None:
    assert OnCall(5, 41, "cannot read").as_fields() == {
        "support_call_id": 5,
        "support_agent_id": 41,
        "support_reason": "cannot read",
    }
