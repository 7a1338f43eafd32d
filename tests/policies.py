"""A version of the policy on its way, through the verbs, for tests that begin further on."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.domain.policy_limits import Value, values_of
from portal.models import PolicyVersion, StaffMember
from portal.services.policies import WrittenPolicy, approve_policy, begin_draft, propose_policy, write_draft
from portal.services.policy_replays import begin_replay, keep_replay
from tests.people import NOW, TODAY

NOTHING: Mapping[str, Any] = {
    "there": 0, "read": 0, "replayed": 0, "left_out": {}, "answered_otherwise": 0, "moves": [],
    "outcomes": {side: dict.fromkeys(("at_once", "person", "over_law", "not_offered"), 0) for side in ("before", "after")},
    "reasons": {"before": {}, "after": {}}, "money": {},
    "groups": {"bucket": {}, "kind": {}, "sum_band": {}, "age_band": {}},
}  # fmt: skip
"""What a replay of an empty installation comes to."""


def supervisor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles), "test")


class Change:
    """A version from its draft on; ``limits`` by the names of `policy_limits`."""

    def __init__(self, session: Session, drafter: StaffMember, **limits: Value) -> None:
        self.session, self.drafter = session, supervisor(drafter)
        self.row = begin_draft(session, self.drafter, today=TODAY, now=NOW)
        self.limits = {name.replace("__", "."): value for name, value in limits.items()}

    def write(
        self,
        *,
        share_pct: int | None = None,
        why: str = "少一些人等待",
        effective_on: Any = TODAY,
        **more: Any,
    ) -> "Change":
        values = {**values_of(self.row.body), **self.limits}
        written = WrittenPolicy(values=values, effective_on=effective_on, share_pct=share_pct, why=why)
        self.row = write_draft(
            self.session,
            self.drafter,
            policy_id=self.row.id,
            seen=self.row.row_version,
            written=written,
            today=TODAY,
            now=NOW,
            **more,
        )
        return self

    def replay(self) -> "Change":
        replay = begin_replay(self.session, SYSTEM, policy=self.row, offers=0, loans=0, now=NOW)
        nothing = deepcopy(dict(NOTHING))
        result = {
            "draft": self.row.version,
            "against": replay.against,
            "on": TODAY.isoformat(),
            "offers": nothing,
            "book": nothing,
        }
        keep_replay(self.session, SYSTEM, replay_id=replay.id, result=result, now=NOW)
        return self

    def propose(self) -> "Change":
        propose_policy(
            self.session, self.drafter, policy_id=self.row.id, seen=self.row.row_version, today=TODAY, now=NOW
        )
        return self

    def approve(self, member: StaffMember) -> PolicyVersion:
        return approve_policy(
            self.session,
            supervisor(member),
            policy_id=self.row.id,
            seen=self.row.row_version,
            note="",
            today=TODAY,
            now=NOW,
        )
