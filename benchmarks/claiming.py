"""Claims a second (W4): four approvers take the next case and give it back, again and again, beside the same two statements bare."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import psycopg

from benchmarks.results import Promise, Result, Sense, compared
from benchmarks.rounds import ROUNDS, in_turn
from portal.db import transaction
from portal.domain.claims import LEASE
from portal.domain.permissions import Actor, ActorKind, Role
from portal.services.claims import release_claim
from portal.services.next_cases import take_next_case
from tests.databases import Database
from tests.people import NOW, add_staff

APPROVERS: Final = 4
LEAST_A_SECOND: Final = 5000
_PROMISE: Final = Promise(1 / 1.5, 1 / 2.5, Sense.GAIN)
_STEADY: Final = Promise(1.1, 1.5)
WINDOWS: Final = 6
_CLAIM: Final = """
UPDATE review_item SET claimed_by = %(me)s, claimed_until = %(until)s WHERE proposal_id = (
    SELECT proposal_id FROM review_item WHERE stage <> 'held' AND (claimed_by IS NULL OR claimed_until <= %(now)s)
    ORDER BY deadline_at, stage DESC, proposal_id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING proposal_id"""
_RELEASE: Final = "UPDATE review_item SET claimed_by = NULL, claimed_until = NULL WHERE proposal_id = %s"

Claims = Callable[[int, Callable[[], bool]], int]
"""Given an approver's id and whether to go on: how many claims that were."""


def claims_a_second(database: Database, seconds: float, rounds: int = ROUNDS) -> Sequence[Result]:
    """Milliseconds of the clock a claim, all approvers together; PostgreSQL only. ``seconds`` are those of a round."""
    people = _approvers(database, "claims")
    ours = _claimed_by_all(lambda me, goes_on: _by_our_verbs(database, me, goes_on), people, seconds)
    bare = _claimed_by_all(lambda me, goes_on: _bare(database, me, goes_on), people, seconds)
    took = [(mine, beside) for mine, beside in in_turn([ours, bare], rounds)]
    result = compared("W4 claim the next case", took, unit="ms", promise=_PROMISE)
    a_second = 1000 / result.ours
    kept = "kept" if a_second >= LEAST_A_SECOND else "NOT KEPT"
    return [replace(result, more=f"{result.more}; {a_second:,.0f} a second (>= {LEAST_A_SECOND:,}): {kept}")]


def claims_for_a_minute(database: Database, seconds: float) -> Result:
    """Six windows of so many seconds without a pause: the last beside the first, for claims that leave dead rows behind grow slower."""
    people = _approvers(database, "minute")
    claim = _claimed_by_all(lambda me, goes_on: _by_our_verbs(database, me, goes_on), people, seconds)
    windows = [claim(number) for number in range(WINDOWS)]
    result = compared(
        "W4 claims, the last window beside the first", [(windows[-1], windows[0])], unit="ms", promise=_STEADY
    )
    least = 1000 / max(windows)
    kept = "kept" if least >= LEAST_A_SECOND else "NOT KEPT"
    more = f"{result.more}; at least {least:,.0f} a second for {WINDOWS * seconds:g} s (>= {LEAST_A_SECOND:,}): {kept}"
    return replace(result, more=more)


def _approvers(database: Database, name: str) -> Sequence[int]:
    with transaction(database.engine) as session:
        return [
            add_staff(session, f"{name}{n}", f"{name}.{n}", "周敏", Role.APPROVER).id
            for n in range(APPROVERS)
        ]


def _claimed_by_all(claims: Claims, people: Sequence[int], seconds: float) -> Callable[[int], float]:
    def measured(_round: int) -> float:
        counts: list[int] = []
        begun = time.perf_counter()
        threads = [
            threading.Thread(
                target=lambda me: counts.append(claims(me, lambda: time.perf_counter() < begun + seconds)),
                args=(me,),
            )
            for me in people
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(counts) < len(people) or not all(counts):
            raise RuntimeError("somebody got no case")
        return (time.perf_counter() - begun) / sum(counts) * 1000

    return measured


def _by_our_verbs(database: Database, me: int, goes_on: Callable[[], bool]) -> int:
    actor, count = Actor(ActorKind.STAFF, me, frozenset({Role.APPROVER})), 0
    while goes_on():
        with transaction(database.engine) as session:
            found = take_next_case(session, actor, now=NOW)
        if found is not None:
            count += 1
            with transaction(database.engine) as session:
                release_claim(session, actor, proposal=found, now=NOW)
    return count


def _bare(database: Database, me: int, goes_on: Callable[[], bool]) -> int:
    values, count = {"me": me, "now": NOW, "until": NOW + LEASE}, 0
    with psycopg.connect(database.url, autocommit=True) as connection:
        while goes_on():
            found = connection.execute(_CLAIM, values).fetchone()
            if found is not None:
                count += 1
                connection.execute(_RELEASE, found)
    return count
