"""Running a replay: read in batches, answered in memory, counted; nothing is written but the result."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.clock import Clock
from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.domain.policy import Policy
from portal.domain.policy_replay import LeftOut, ReplayCase, answer_under, standard_cases, touched_by
from portal.domain.policy_versions import ReplayState, policy_digest
from portal.domain.replay_tables import ReplayTable
from portal.models import PolicyReplay, PolicyVersion
from portal.queries.policies import policy_named
from portal.queries.policy_replays import (
    BATCH,
    ReplaySources,
    count_late_loans,
    count_signed_offers,
    late_loans,
    late_situations,
    replay_sources,
    signed_offers,
)
from portal.services.policy_answers import frozen_facts
from portal.services.policy_replays import fail_replay, keep_replay

if TYPE_CHECKING:
    from portal.commands.work import Job, Workshop

REPLAY: Final = "policy:replay"
LOANS_AT_A_TIME: Final = 50
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Replay:
    """``draft`` beside ``against``: over the newest ``offers`` and ``loans`` of the book as it is ``on`` that day."""

    engine: Engine
    clock: Clock
    draft: Policy
    against: Policy
    offers: int
    loans: int

    def run(self, advance: Advance) -> dict[str, Any]:
        """The whole result; ``advance`` hears of each batch."""
        with transaction(self.engine, writes=False) as session:
            sources = replay_sources(session)
            signed, late = count_signed_offers(session), count_late_loans(session, on=self._today)
        return {
            "draft": self.draft.version,
            "against": self.against.version,
            "on": self._today.isoformat(),
            "offers": {
                "there": signed,
                "read": min(signed, self.offers),
                **self._over_offers(sources, advance),
            },
            "book": {"there": late, "read": min(late, self.loans), **self._over_book(sources, advance)},
        }

    @property
    def _today(self) -> date:
        return self.clock.today()

    def _over_offers(self, sources: ReplaySources, advance: Advance) -> dict[str, Any]:
        table, below, left = ReplayTable(), None, self.offers
        while left > 0:
            with transaction(self.engine, writes=False) as session:
                cases, below = signed_offers(session, sources, below=below, limit=min(BATCH, left))
            for case in cases:
                self._count(table, case)
            left -= len(cases)
            advance(len(cases))
            if below is None:
                break
        return table.as_data()

    def _over_book(self, sources: ReplaySources, advance: Advance) -> dict[str, Any]:
        table = ReplayTable()
        with transaction(self.engine, writes=False) as session:
            ids = late_loans(session, on=self._today, limit=self.loans)
        for start in range(0, len(ids), LOANS_AT_A_TIME):
            some = ids[start : start + LOANS_AT_A_TIME]
            with transaction(self.engine, writes=False) as session:
                found = [
                    (frozen_facts(situation), birth_year)
                    for situation, birth_year in late_situations(
                        session, some, on=self._today, zone=self.clock.zone
                    )
                ]
            for facts, birth_year in found:
                calendar = sources.calendars[facts.calendar_version]
                for case in standard_cases(
                    facts, priced_by=self.against, calendar=calendar, birth_year=birth_year
                ):
                    self._count(table, case)
            advance(len(some))
        return table.as_data()

    def _count(self, table: ReplayTable, case: ReplayCase | LeftOut) -> None:
        if isinstance(case, LeftOut):
            table.leave_out(case)
            return
        table.add(
            touched_by(case),
            amount=case.plan.advance,
            before=answer_under(case, self.against),
            after=answer_under(case, self.draft),
            answered=case.answered,
        )


def replay_policy(shop: "Workshop", job: "Job") -> None:
    """``policy:replay``: what a page asked for. What can never be run is kept as its failure."""
    replay_id = int(job.payload["replay_id"])
    with transaction(shop.engine, writes=False) as session:
        row = session.get_one(PolicyReplay, replay_id)
        if row.state != ReplayState.WAITING.value:
            return
        version = session.get_one(PolicyVersion, row.policy_id)
        is_same = policy_digest(version.body) == row.body_digest
        draft = Policy.from_data(version.version, version.body)
        against = policy_named(session, row.against)
        replay = Replay(shop.engine, shop.clock, draft, against, row.offers, row.loans)
    if not is_same:
        with transaction(shop.engine) as session:
            fail_replay(session, SYSTEM, replay_id=replay_id, code="draft_moved", now=shop.clock.now())
        return
    result = replay.run(lambda _count: None)
    with transaction(shop.engine) as session:
        keep_replay(session, SYSTEM, replay_id=replay_id, result=result, now=shop.clock.now())


def give_up_replay(session: Session, shop: "Workshop", job: "Job") -> None:
    """After many attempts: the page says so, and another may be asked for."""
    fail_replay(
        session,
        SYSTEM,
        replay_id=int(job.payload["replay_id"]),
        code="given_up",
        now=shop.clock.now(),
    )
