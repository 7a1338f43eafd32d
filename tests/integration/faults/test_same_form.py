"""Test 12 of docs/security.md: a form that is sent fifty times at once, and one that is sent again because the answer got lost."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from portal.db import transaction
from portal.models import Base, Event
from tests.databases import Database
from tests.faults.acts import Act, Kind
from tests.integration.faults.conftest import Hands
from tests.wire import Lossy, Shot, answering, fire_all

pytestmark = pytest.mark.slow
AT_ONCE = 50
AGAIN = {
    Kind.SIGN_AT_ONCE: 303,
    Kind.SIGN: 303,
    Kind.WITHDRAW: 303,
    Kind.APPROVE: 409,
    Kind.DECLINE: 409,
}
"""What a form gets that was done before: borrowers are led to what stands, staff are told who decided."""
TRACES = frozenset({"event", "rate_count"})
"""Tables that keep what was tried, too: events are counted by their names instead."""
REFUSALS = frozenset({"plan:move_refused", "decision:refused", "refusal:met"})


@pytest.mark.parametrize("kind", list(Kind))
def test_of_fifty_at_once_one_counts(database: Database, hands: Hands, kind: Kind) -> None:
    expected = _left_by_one(database, hands, kind)
    before = _rows(database)
    with answering(hands.made.app) as port:
        answers = fire_all([_shot(port, hands.acts[kind])] * AT_ONCE)
    assert Counter(status for status, _ in answers) == Counter([303] + [AGAIN[kind]] * (AT_ONCE - 1))
    # All who are led on are led to the same page.
    assert len({page for status, page in answers if status == 303}) == 1
    assert _rows(database) - before == expected


@pytest.mark.parametrize("kind", list(Kind))
def test_whoever_got_no_answer_sends_the_same_again_and_nothing_is_done_twice(
    database: Database, hands: Hands, kind: Kind
) -> None:
    expected = _left_by_one(database, hands, kind)
    before, act, lossy = _rows(database), hands.acts[kind], Lossy(hands.made.app)
    with answering(lossy) as port:
        lossy.lose(_shot(port, act))
    assert _rows(database) - before == expected
    with answering(hands.made.app) as port:
        status, _ = _shot(port, act).fire()
    assert status == AGAIN[kind]
    assert _rows(database) - before == expected


def _left_by_one(database: Database, hands: Hands, kind: Kind) -> Counter[str]:
    """What the same form of somebody else leaves that is sent once."""
    act = {each.kind: each for each in hands.cast.acts(1)}[kind]
    before = _rows(database)
    with answering(hands.made.app) as port:
        assert _shot(port, act).fire()[0] == 303
    left = _rows(database) - before
    assert left
    return left


def _shot(port: int, act: Act) -> Shot:
    return Shot(port, act.path, act.cookie, act.fields)


def _rows(database: Database) -> Counter[str]:
    """How many rows each table has, and how many events of each name there are that are no refusals."""
    with transaction(database.engine, writes=False) as session:
        counts = Counter(
            {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
                if table.name not in TRACES
            }
        )
        names = select(Event.name, func.count()).where(Event.name.not_in(REFUSALS)).group_by(Event.name)
        counts.update(dict(session.execute(names).tuples().all()))
    return counts
