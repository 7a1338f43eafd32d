"""Two at once about the policy, on both databases: one version follows another, one person decides, one trial runs."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.permissions import Role
from portal.models import Event, PolicyTrial, PolicyVersion, StaffMember
from portal.services.policies import approve_policy, begin_draft
from tests.databases import Database
from tests.people import NOW, TODAY, Cast, add_cast, add_staff
from tests.policies import Change, supervisor
from tests.races import AT_ONCE, at_once, count

DRAFTS = 2


@pytest.fixture
def cast(database: Database) -> Cast:
    with transaction(database.engine) as session:
        return add_cast(session)


@pytest.fixture
def other(database: Database, cast: Cast) -> StaffMember:
    del cast
    with transaction(database.engine) as session:
        return add_staff(session, "1009", "xu.jie", "徐洁", Role.SUPERVISOR)


def propose(database: Database, cast: Cast, *, share_pct: int | None = None) -> list[int]:
    """Drafts of 吴岩's, each replayed and proposed."""
    made = []
    for number in range(DRAFTS):
        with transaction(database.engine) as session:
            drafter = session.get_one(StaffMember, cast.wu_yan.id)
            change = Change(session, drafter, draft_days=20 + number).write(share_pct=share_pct)
            made.append(change.replay().propose().row.id)
    return made


def approve(session: Session, decider: StaffMember, policy_id: int) -> None:
    seen = session.scalars(select(PolicyVersion.row_version).where(PolicyVersion.id == policy_id)).one()
    approve_policy(
        session, supervisor(decider), policy_id=policy_id, seen=seen, note="", today=TODAY, now=NOW
    )


@pytest.mark.parametrize("share_pct", [None, 10])
def test_of_several_approvals_one_is_in_force(
    database: Database, cast: Cast, other: StaffMember, share_pct: int | None
) -> None:
    drafts = propose(database, cast, share_pct=share_pct)
    found = at_once(database, lambda session, number: approve(session, other, drafts[number % DRAFTS]))
    assert found.pop("done") == 1
    assert sum(found.values()) == AT_ONCE - 1
    assert found.keys() <= {
        "policy_moved_on",
        "policy_changed_meanwhile",
        "policy_out_of_date",
        "policy_trial_running",
    }
    assert count(database, Event.name == "policy:approved") == 1
    assert count(database, PolicyVersion.decided_at.is_not(None)) == 1
    assert count(database, PolicyTrial.id > 0) == (0 if share_pct is None else 1)


def test_drafts_that_are_begun_at_once_have_names_of_their_own(database: Database, cast: Cast) -> None:
    found = at_once(
        database, lambda session, _number: begin_draft(session, supervisor(cast.wu_yan), today=TODAY, now=NOW)
    )
    assert found["done"] >= 1
    assert found.keys() <= {"done", "policy_changed_meanwhile"}
    assert count(database, PolicyVersion.state == "draft") == found["done"]
