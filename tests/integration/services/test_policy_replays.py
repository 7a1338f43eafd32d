"""A replay of a policy is asked for once, run by a worker, and kept as it came out."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import SYSTEM
from portal.domain.policy_versions import ReplayState, policy_digest
from portal.models import OutboxItem, PolicyReplay, PolicyVersion
from portal.services.policy_replays import MOST_LOANS, MOST_OFFERS, ask_replay, fail_replay, keep_replay
from tests.people import NOW, Cast
from tests.policies import Change
from tests.service_cases import staff_actor
from tests.told_events import told

SMALLER: dict[str, Any] = {"bands__catch_up__max_dpd": 1}


@pytest.fixture
def policy(session: Session, cast: Cast) -> PolicyVersion:
    return Change(session, cast.wu_yan, **SMALLER).write().row


def _ask(
    session: Session, cast: Cast, policy: PolicyVersion, *, offers: int = 100, loans: int = 10
) -> PolicyReplay:
    actor = staff_actor(cast.wu_yan)
    return ask_replay(session, actor, policy=policy, offers=offers, loans=loans, now=NOW)


def test_it_is_asked_of_exactly_these_words_and_a_worker_hears_of_it(
    session: Session, cast: Cast, policy: PolicyVersion
) -> None:
    replay = _ask(session, cast, policy)
    session.refresh(replay)
    digest = policy_digest(policy.body)
    assert (replay.policy_id, replay.body_digest, replay.against) == (policy.id, digest, "2026-01")
    assert (replay.offers, replay.loans, replay.asked_by, replay.asked_at) == (100, 10, cast.wu_yan.id, NOW)
    assert replay.state == ReplayState.WAITING
    item = session.scalars(select(OutboxItem).where(OutboxItem.kind == "policy:replay")).one()
    assert (item.payload, item.dedupe_key) == ({"replay_id": replay.id}, f"policy:replay:{replay.id}")
    said = {"policy_version": policy.version, "replay_id": replay.id, "body_digest": digest}
    assert told(session, "policy:replay_asked") == [(None, {**said, "offers": 100, "loans": 10})]
    with pytest.raises(Conflict, match=r"^policy_replay_waits$"):
        _ask(session, cast, policy)


@pytest.mark.parametrize(
    ("field", "most"), [("offers", MOST_OFFERS), ("loans", MOST_LOANS)], ids=["offers", "loans"]
)
def test_it_is_of_so_many_and_no_more(
    session: Session, cast: Cast, policy: PolicyVersion, field: str, most: int
) -> None:
    for size in (-1, most + 1):
        with pytest.raises(DomainError) as refused:
            _ask(session, cast, policy, **{field: size})
        assert (refused.value.code, refused.value.field) == ("policy_replay_size", field)
        assert refused.value.details == {"least": 0, "most": most}
    assert getattr(_ask(session, cast, policy, **{field: most}), field) == most


def test_none_at_all_may_be_asked_for(session: Session, cast: Cast, policy: PolicyVersion) -> None:
    assert (_ask(session, cast, policy, offers=0, loans=0).offers) == 0


def test_what_came_out_is_kept_once(session: Session, cast: Cast, policy: PolicyVersion) -> None:
    replay = _ask(session, cast, policy)
    assert keep_replay(session, SYSTEM, replay_id=replay.id, result={"same": 3}, now=NOW)
    assert not keep_replay(session, SYSTEM, replay_id=replay.id, result={"same": 4}, now=NOW)
    fail_replay(session, SYSTEM, replay_id=replay.id, code="worker_died", now=NOW)
    assert (replay.state, replay.result, replay.done_at) == (ReplayState.DONE, {"same": 3}, NOW)
    replayed = told(session, "policy:replayed")
    assert len(replayed) == 1
    assert replayed[0][1]["policy_version"] == policy.version
    assert (replayed[0][1]["replay_id"], replayed[0][1]["body_digest"]) == (replay.id, replay.body_digest)
    assert told(session, "policy:replay_failed") == []
    assert _ask(session, cast, policy).id != replay.id


def test_one_that_could_not_be_run_is_told_and_makes_room(
    session: Session, cast: Cast, policy: PolicyVersion
) -> None:
    replay = _ask(session, cast, policy)
    fail_replay(session, SYSTEM, replay_id=replay.id, code="x" * 201, now=NOW)
    assert (replay.state, replay.error, replay.done_at) == (ReplayState.FAILED, "x" * 200, NOW)
    said = {"policy_version": policy.version, "replay_id": replay.id, "code": "x" * 200}
    assert told(session, "policy:replay_failed") == [(None, said)]
    assert not keep_replay(session, SYSTEM, replay_id=replay.id, result={}, now=NOW)
    assert _ask(session, cast, policy).id != replay.id


def test_who_drafts_no_policy_asks_for_none(session: Session, cast: Cast, policy: PolicyVersion) -> None:
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        ask_replay(session, staff_actor(cast.zhou_min), policy=policy, offers=1, loans=1, now=NOW)
