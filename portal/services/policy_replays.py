"""Replaying a draft of the policy: asked for, run in the background or from the command line, kept for whoever decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.canonical_json import digest_of
from portal.domain.errors import Conflict, DomainError
from portal.domain.permissions import Actor, Permission, require
from portal.domain.policy_versions import ReplayState, policy_digest
from portal.models import PolicyReplay, PolicyVersion
from portal.queries.policy_versions import newest_approved
from portal.services.outbox import enqueue
from portal.services.record import record

MOST_OFFERS: Final = 5_000
MOST_LOANS: Final = 200
"""From a page; the command line takes any number."""


def ask_replay(
    session: Session, actor: Actor, *, policy: PolicyVersion, offers: int, loans: int, now: datetime
) -> PolicyReplay:
    """A worker replays exactly what the version says now.

    Raises ``policy_replay_size`` on ``offers`` or ``loans``, ``Conflict("policy_replay_waits")`` where the same is on its way.
    """
    require(actor, Permission.POLICY_DRAFT)
    for field, size, most in (("offers", offers, MOST_OFFERS), ("loans", loans, MOST_LOANS)):
        if not 0 <= size <= most:
            raise DomainError("policy_replay_size", field=field, least=0, most=most)
    # Two taps at once: the second waits here, and finds the first's.
    session.refresh(policy, with_for_update={"key_share": True})
    if _waits(session, policy):
        raise Conflict("policy_replay_waits")
    replay = begin_replay(session, actor, policy=policy, offers=offers, loans=loans, now=now)
    enqueue(
        session,
        kind="policy:replay",
        dedupe_key=f"policy:replay:{replay.id}",
        payload={"replay_id": replay.id},
        now=now,
    )
    return replay


def begin_replay(
    session: Session, actor: Actor, *, policy: PolicyVersion, offers: int, loans: int, now: datetime
) -> PolicyReplay:
    """The row that the result will be kept in, bound to the body and to the version it is compared with."""
    replay = PolicyReplay(
        policy_id=policy.id,
        body_digest=policy_digest(policy.body),
        against=newest_approved(session).version,
        offers=offers,
        loans=loans,
        asked_by=actor.id,
        asked_at=now,
    )
    session.add(replay)
    session.flush()
    record(
        session,
        actor,
        "policy:replay_asked",
        now=now,
        policy_version=policy.version,
        replay_id=replay.id,
        body_digest=replay.body_digest,
        offers=offers,
        loans=loans,
    )
    return replay


def keep_replay(
    session: Session, actor: Actor, *, replay_id: int, result: Mapping[str, Any], now: datetime
) -> bool:
    """False where it was kept already: a worker may run twice."""
    replay = session.get_one(PolicyReplay, replay_id, with_for_update=True, populate_existing=True)
    if replay.state != ReplayState.WAITING.value:
        return False
    replay.state, replay.result, replay.done_at = ReplayState.DONE.value, dict(result), now
    session.flush()
    record(
        session,
        actor,
        "policy:replayed",
        now=now,
        policy_version=session.get_one(PolicyVersion, replay.policy_id).version,
        replay_id=replay.id,
        body_digest=replay.body_digest,
        result_digest=digest_of(result),
    )
    return True


def fail_replay(session: Session, actor: Actor, *, replay_id: int, code: str, now: datetime) -> None:
    """It could not be run; the page says so, and another may be asked for."""
    replay = session.get_one(PolicyReplay, replay_id, with_for_update=True, populate_existing=True)
    if replay.state != ReplayState.WAITING.value:
        return
    replay.state, replay.error, replay.done_at = ReplayState.FAILED.value, code[:200], now
    session.flush()
    record(
        session,
        actor,
        "policy:replay_failed",
        now=now,
        policy_version=session.get_one(PolicyVersion, replay.policy_id).version,
        replay_id=replay.id,
        code=code[:200],
    )


def _waits(session: Session, policy: PolicyVersion) -> bool:
    found = session.scalar(
        select(PolicyReplay.id).where(
            PolicyReplay.policy_id == policy.id,
            PolicyReplay.body_digest == policy_digest(policy.body),
            PolicyReplay.state == ReplayState.WAITING.value,
        )
    )
    return found is not None
