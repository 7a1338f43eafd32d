"""Counting from narrow to wide: what a narrower limit refuses costs a wider one nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.models import RateCount
from portal.services.rate_limits import Full, Limit, count_tries
from portal.services.shared_limits import ALL, COMPLAINTS, GUESSES, networks_shut_out, shared, shares_spent
from tests.databases import Database
from tests.people import NOW

HOUR = timedelta(hours=1)


def from_place(place: str) -> tuple[Limit, Limit]:
    return Limit(f"door:{place}", 3, HOUR), Limit("door:everywhere", 10, HOUR)


def counts(session: Session) -> dict[str, int]:
    return {row.bucket: row.count for row in session.scalars(select(RateCount))}


def test_what_a_narrower_limit_refuses_does_not_count_towards_a_wider_one(session: Session) -> None:
    refused = [count_tries(session, from_place("there"), now=NOW) for _ in range(50)]
    assert refused == [None] * 3 + [Full(NOW + HOUR, is_first=True)] + [Full(NOW + HOUR, is_first=False)] * 46
    assert counts(session)["door:everywhere"] == 3
    assert count_tries(session, from_place("elsewhere"), now=NOW) is None


def test_the_wide_limit_holds_for_many_places_together(session: Session) -> None:
    refused = [count_tries(session, from_place(str(number)), now=NOW) for number in range(12)]
    assert refused == [None] * 10 + [Full(NOW + HOUR, is_first=True), Full(NOW + HOUR, is_first=False)]


def test_of_shared_limits_it_is_known_how_much_is_spent(session: Session) -> None:
    session.add(RateCount(bucket=GUESSES.bucket, window_started_at=NOW, count=80_000))
    session.add(RateCount(bucket=COMPLAINTS.bucket, window_started_at=NOW, count=10_050))
    session.flush()
    spent = shares_spent(session, NOW + timedelta(minutes=59))
    assert spent == {each.bucket: 0 for each in ALL} | {GUESSES.bucket: 0.8, COMPLAINTS.bucket: 1}
    assert shares_spent(session, NOW + HOUR)[GUESSES.bucket] == 0


def test_of_networks_it_is_known_how_many_have_used_up_their_part(session: Session) -> None:
    """A tenth is all that a network of IPv6 has; one of IPv4 has as much again."""
    for place, count in (("2001:db8::1", 1_000), ("203.0.113.7", 1_000), ("198.51.100.7", 2_001)):
        part, _ = shared(COMPLAINTS, place, "key")
        session.add(RateCount(bucket=part.bucket, window_started_at=NOW, count=count))
    session.flush()
    shut_out = networks_shut_out(session, NOW + HOUR)
    assert shut_out[COMPLAINTS.bucket] == 2
    assert sum(shut_out.values()) == 2
    assert networks_shut_out(session, NOW + 24 * HOUR)[COMPLAINTS.bucket] == 0


def test_after_its_window_each_has_room_again(session: Session) -> None:
    for number in range(12):
        count_tries(session, from_place(str(number)), now=NOW)
    assert count_tries(session, from_place("1"), now=NOW + HOUR) is None
    assert counts(session)["door:everywhere"] == 1


def test_of_many_at_once_as_many_pass_as_each_limit_says(database: Database) -> None:
    def knock(number: int) -> Full | None:
        with transaction(database.engine) as session:
            return count_tries(session, from_place(str(number % 8)), now=NOW)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(knock, range(80)))
    assert answers.count(None) == 10
    assert (
        sum(full is not None and full.is_first for full in answers) == 1 + 8
    )  # everybody's, and each place's
    with transaction(database.engine, writes=False) as session:
        found = counts(session)
    assert found.pop("door:everywhere") == 8 * 3
    assert set(found.values()) == {10}
