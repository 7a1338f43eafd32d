"""Versions of the policy with who drafted and decided them, their replays, and the trial that runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from portal.domain.errors import NotFound
from portal.domain.policy_versions import PolicyState, ReplayState, TrialState, policy_digest
from portal.models import PolicyReplay, PolicyTrial, PolicyVersion, StaffMember
from portal.queries.policies import NEWEST_FIRST

_FOLLOWED = aliased(PolicyVersion)
_DRAFTER = aliased(StaffMember)
_DECIDER = aliased(StaffMember)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version with the staff numbers of who drafted and decided it (empty where nobody did), and the name of the one it follows."""

    row: PolicyVersion
    drafter: str
    decider: str
    follows: str


def policy_versions(session: Session) -> Sequence[VersionLine]:
    """All, the newest first."""
    rows = session.execute(_with_people().order_by(PolicyVersion.id.desc())).all()
    return [
        VersionLine(row, drafter or "", decider or "", follows or "")
        for row, drafter, decider, follows in rows
    ]


def get_policy_version(session: Session, version: str) -> VersionLine:
    """By its name; ``NotFound``."""
    found = session.execute(_with_people().where(PolicyVersion.version == version)).one_or_none()
    if found is None:
        raise NotFound("not_found")
    row, drafter, decider, follows = found
    return VersionLine(row, drafter or "", decider or "", follows or "")


def _with_people() -> Select[PolicyVersion, str | None, str | None, str | None]:
    return (
        select(PolicyVersion, _DRAFTER.number, _DECIDER.number, _FOLLOWED.version)
        .outerjoin(_DRAFTER, _DRAFTER.id == PolicyVersion.drafted_by)
        .outerjoin(_DECIDER, _DECIDER.id == PolicyVersion.decided_by)
        .outerjoin(_FOLLOWED, _FOLLOWED.id == PolicyVersion.follows_id)
    )


def find_untouched_draft(session: Session, drafter_id: int) -> PolicyVersion | None:
    """A draft of somebody's that nobody has written on yet and that follows the newest version."""
    return session.scalar(
        select(PolicyVersion)
        .where(
            PolicyVersion.state == PolicyState.DRAFT.value,
            PolicyVersion.drafted_by == drafter_id,
            PolicyVersion.row_version == 1,
            PolicyVersion.follows_id == newest_approved(session).id,
        )
        .order_by(PolicyVersion.id.desc())
        .limit(1)
    )


def newest_approved(session: Session) -> PolicyVersion:
    """The end of the line: in force, or approved to begin later."""
    return session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.state == PolicyState.APPROVED.value)
        .order_by(*NEWEST_FIRST)
        .limit(1)
    ).one()


def in_force_on(session: Session, day: date) -> str | None:
    """The name of the version that holds for all who try no other one."""
    return session.scalar(
        select(PolicyVersion.version)
        .where(PolicyVersion.state == PolicyState.APPROVED.value, PolicyVersion.effective_on <= day)
        .order_by(*NEWEST_FIRST)
        .limit(1)
    )


def running_trial(session: Session) -> PolicyTrial | None:
    return session.scalar(select(PolicyTrial).where(PolicyTrial.state == TrialState.RUNNING.value))


def trial_of(session: Session, policy_id: int) -> PolicyTrial | None:
    """The trial of a version, running or ended."""
    return session.scalar(select(PolicyTrial).where(PolicyTrial.policy_id == policy_id))


def newest_replay(session: Session, policy: PolicyVersion) -> PolicyReplay | None:
    """Of whatever body the version had then, in whatever state."""
    return session.scalar(
        select(PolicyReplay)
        .where(PolicyReplay.policy_id == policy.id)
        .order_by(PolicyReplay.id.desc())
        .limit(1)
    )


def replay_of_body(session: Session, policy: PolicyVersion, *, against: str) -> PolicyReplay | None:
    """The newest replay that was done of exactly what the version says now, beside exactly that other version."""
    return session.scalar(
        select(PolicyReplay)
        .where(
            PolicyReplay.policy_id == policy.id,
            PolicyReplay.body_digest == policy_digest(policy.body),
            PolicyReplay.against == against,
            PolicyReplay.state == ReplayState.DONE.value,
        )
        .order_by(PolicyReplay.id.desc())
        .limit(1)
    )
