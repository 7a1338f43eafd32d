"""Events get their places after the commit: without a gap, each once, the late ones too."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db import transaction
from portal.domain.permissions import SYSTEM
from portal.models import Event, RecordLeaf
from portal.queries.record_rows import has_no_place, record_counts
from portal.services.record import record
from portal.services.sequencing import place_events
from tests.databases import Database
from tests.people import NOW


def recorded(session: Session, *numbers: int) -> None:
    for number in numbers:
        record(session, SYSTEM, "calendar:published", now=NOW, calendar_version=number)


def places(database: Database) -> list[tuple[int, int]]:
    """Each place with the year of its event."""
    with transaction(database.engine, writes=False) as session:
        rows = session.execute(
            select(RecordLeaf.place, Event.fields)
            .join(Event, Event.id == RecordLeaf.event_id)
            .order_by(RecordLeaf.place)
        )
        return [(place, fields["calendar_version"]) for place, fields in rows]


def test_places_follow_each_other_from_nought(database: Database) -> None:
    with transaction(database.engine) as session:
        recorded(session, 2020, 2021, 2022)
        assert place_events(session, limit=2) == 2
        assert place_events(session) == 1
        assert place_events(session) == 0
        recorded(session, 2023)
        assert place_events(session) == 1
        assert record_counts(session).placed == 4
        assert record_counts(session).waiting == 0
    assert places(database) == [(0, 2020), (1, 2021), (2, 2022), (3, 2023)]


def test_what_was_committed_late_gets_a_later_place(postgresql_database: Database) -> None:
    with transaction(postgresql_database.engine) as slow:
        recorded(slow, 2020)
        with transaction(postgresql_database.engine) as quick:
            recorded(quick, 2021)
        with transaction(postgresql_database.engine) as session:
            assert place_events(session) == 1
    with transaction(postgresql_database.engine) as session:
        assert place_events(session) == 1
    assert places(postgresql_database) == [(0, 2021), (1, 2020)]


def test_several_who_give_places_give_each_one_once(database: Database) -> None:
    with transaction(database.engine) as session:
        recorded(session, *range(2000, 2060))

    def give(_turn: int) -> int:
        with transaction(database.engine) as session:
            return place_events(session, limit=10)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(give, range(8))) == 60
    assert [place for place, _ in places(database)] == list(range(60))


def test_a_long_backlog_is_read_from_its_beginning(postgresql_database: Database) -> None:
    """All of it was read for each thousand: a million events kept the record for hours."""
    with transaction(postgresql_database.engine) as session:
        recorded(session, *range(2020, 2030))
        place_events(session)
        waiting = select(Event).where(has_no_place(after=-1)).order_by(Event.id).limit(1_000)
        asked = waiting.compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
    assert "Anti Join" in plan
