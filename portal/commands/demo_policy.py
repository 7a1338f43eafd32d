"""How the demo's policy came to be: 徐洁 drafts, 吴岩 decides; another draft was replayed and waits for a decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.commands.demo_scene import Scene, Story
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy_limits import Value, values_of
from portal.models import PolicyVersion, StaffMember
from portal.services.policies import (
    WrittenPolicy,
    approve_policy,
    begin_draft,
    propose_policy,
    write_draft,
)
from portal.services.policy_replays import ask_replay

DRAFTER: Final = "xu.jie"
DECIDER: Final = "wu.yan"
_OFFERS: Final = 500
_LOANS: Final = 30


def changes_policy(
    scene: Scene, limits: Mapping[str, Value], why: str, drafted: datetime, decided: datetime | None
) -> Story:
    """Drafted, replayed and proposed on one day; decided on another, or not yet."""
    yield drafted
    with scene.writing() as session:
        policy_id = _draft(scene, session, limits, why)
    scene.work()
    with scene.writing() as session:
        policy = session.get_one(PolicyVersion, policy_id)
        propose_policy(
            session,
            _actor(session, DRAFTER),
            policy_id=policy_id,
            seen=policy.row_version,
            today=scene.clock.today(),
            now=scene.clock.now(),
        )
    if decided is None:
        return
    yield decided
    with scene.writing() as session:
        policy = session.get_one(PolicyVersion, policy_id)
        approve_policy(
            session,
            _actor(session, DECIDER),
            policy_id=policy_id,
            seen=policy.row_version,
            note="同意，影响的借款不多。",
            today=scene.clock.today(),
            now=scene.clock.now(),
        )


def _draft(scene: Scene, session: Session, limits: Mapping[str, Value], why: str) -> int:
    actor, today, now = _actor(session, DRAFTER), scene.clock.today(), scene.clock.now()
    draft = begin_draft(session, actor, today=today, now=now)
    values = {**values_of(draft.body), **limits}
    write_draft(
        session,
        actor,
        policy_id=draft.id,
        seen=draft.row_version,
        written=WrittenPolicy(values=values, effective_on=today, share_pct=None, why=why),
        today=today,
        now=now,
    )
    ask_replay(session, actor, policy=draft, offers=_OFFERS, loans=_LOANS, now=now)
    return draft.id


def _actor(session: Session, login: str) -> Actor:
    member = session.scalars(select(StaffMember).where(StaffMember.login == login)).one()
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))
