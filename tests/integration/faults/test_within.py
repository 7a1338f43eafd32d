"""Test 14 of docs/security.md, from within: no act without its event, none by half on a full disk, and nobody waits for ever."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest
from sqlalchemy import Engine, event, make_url, text, update
from sqlalchemy.exc import DatabaseError

from portal.commands.work import HANDLERS, run_until_empty
from portal.commands.worker import build_workshop
from portal.db import transaction
from portal.failpoints import arm
from portal.models import Borrower, Document
from portal.queries.wholeness import broken_promises, held_without_work, unsealed_without_work
from tests.database_digest import digest_of
from tests.databases import Database
from tests.faults.acts import Kind
from tests.faults.clients import CALM
from tests.integration.faults.conftest import Hands

Mute = Callable[[], AbstractContextManager[None]]
_MUTING = {
    "sqlite": (
        ["CREATE TRIGGER event_muted BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no more room'); END"],
        "DROP TRIGGER event_muted",
    ),
    "postgresql": (
        [
            "CREATE FUNCTION event_muted() RETURNS trigger AS $$ BEGIN RAISE 'no more room'; END $$ LANGUAGE plpgsql",
            "CREATE TRIGGER event_muted BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION event_muted()",
        ],
        "DROP FUNCTION event_muted CASCADE",
    ),
}


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm("")


@pytest.fixture
def muted(database: Database) -> Mute:
    """While it lasts, the record takes no event."""

    @contextmanager
    def scope() -> Iterator[None]:
        statements, undoing = _MUTING[database.kind]
        with transaction(database.engine) as session:
            for statement in statements:
                session.execute(text(statement))
        yield
        with transaction(database.engine) as session:
            session.execute(text(undoing))

    return scope


@pytest.mark.parametrize("kind", list(Kind))
def test_an_act_that_cannot_be_recorded_does_not_happen(
    database: Database, hands: Hands, muted: Mute, kind: Kind
) -> None:
    with muted():
        before = digest_of(database.engine)
        answer = hands.send(kind)
        assert answer.status >= 500
        assert CALM in answer.body.decode()
        assert digest_of(database.engine) == before
    assert hands.send(kind).status == 303


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("point", ["signing.moved", "decision.recorded", "agreement.made"])
def test_an_act_that_fails_in_the_middle_leaves_nothing(
    database: Database, hands: Hands, kind: Kind, point: str
) -> None:
    before = digest_of(database.engine)
    arm(f"{point}=raise@1")
    answer = hands.send(kind)
    if answer.status == 303:
        pytest.skip("this act does not come by there")
    assert answer.status == 500
    assert CALM in answer.body.decode()
    assert digest_of(database.engine) == before
    assert hands.send(kind).status == 303


def test_whoever_missed_the_answer_is_told_what_stands(database: Database, hands: Hands) -> None:
    """The act is committed and the answer lost: the same form again does nothing twice."""
    arm("transaction.committed=raise@1")
    assert hands.send(Kind.APPROVE).status == 500
    after = digest_of(database.engine)
    assert hands.send(Kind.APPROVE).status == 409
    assert _tables_but_refusals(database, after)


def _tables_but_refusals(database: Database, after: str) -> bool:
    """The refusal of the second form is an event of its own; no decision and no agreement came with it."""
    with transaction(database.engine, writes=False) as session:
        counts = [
            session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("decision", "agreement")
        ]
    return counts == [1, 1] and digest_of(database.engine) != after


def test_a_document_is_kept_together_with_its_seal_or_not_at_all(database: Database, hands: Hands) -> None:
    """The worker dies between the two: the bytes that nobody points to are gone, and the next try keeps one document."""
    assert hands.send(Kind.APPROVE).status == 303
    config = hands.made.app.extensions["portal"].config
    shop = build_workshop(config, engine=database.engine, clock=hands.made.clock)
    before = _documents_and_sealed(database)
    arm("document.kept=raise@1")
    run_until_empty(shop, HANDLERS)
    assert _documents_and_sealed(database) == before
    hands.made.clock.move_on(minutes=3)
    run_until_empty(shop, HANDLERS)
    assert _documents_and_sealed(database) == (before[0] + 1, before[1] + 1)


def _documents_and_sealed(database: Database) -> tuple[int, int]:
    with transaction(database.engine, writes=False) as session:
        sealed = session.scalar(text("SELECT count(*) FROM agreement WHERE seal_state = 'sealed'"))
        return session.query(Document).count(), sealed or 0


def test_a_decision_that_nobody_would_carry_out_is_named(database: Database, hands: Hands) -> None:
    assert hands.send(Kind.DECLINE).status == 303
    with transaction(database.engine) as session:
        assert held_without_work(session) == 0
        session.execute(text("UPDATE outbox SET state = 'done' WHERE kind = 'decision:dispatch'"))
        assert held_without_work(session) == 1


def test_a_document_that_was_emptied_is_no_whole_one(database: Database, hands: Hands) -> None:
    """Though an empty one is what erasing somebody leaves."""
    hands.send(Kind.SIGN_AT_ONCE)
    config = hands.made.app.extensions["portal"].config
    run_until_empty(build_workshop(config, engine=database.engine, clock=hands.made.clock), HANDLERS)
    with transaction(database.engine) as session:
        assert list(broken_promises(session)) == []
        session.execute(update(Document).values(body_sealed=b""))
        assert list(broken_promises(session)) == [("document_emptied", 1)]
        session.execute(update(Borrower).values(data_key=None))
        assert list(broken_promises(session)) == []


@pytest.mark.parametrize("hours", [-24, 24, 13.99, 14.01])
def test_a_clock_that_jumps_breaks_no_act(database: Database, hands: Hands, hours: float) -> None:
    """A day either way; and over the midnight of the lender's zone. Then the clock is right again."""
    config = hands.made.app.extensions["portal"].config
    shop = build_workshop(config, engine=database.engine, clock=hands.made.clock)
    hands.made.clock.move_on(hours=hours)
    first = {kind: hands.send(kind).status for kind in Kind}
    run_until_empty(shop, HANDLERS)
    hands.made.clock.move_on(hours=-hours)
    second = {kind: hands.send(kind).status for kind in Kind}
    assert max(*first.values(), *second.values()) < 500
    hands.made.clock.move_on(minutes=3)
    run_until_empty(shop, HANDLERS)
    with transaction(database.engine, writes=False) as session:
        assert list(broken_promises(session)) == []
        assert unsealed_without_work(session) == held_without_work(session) == 0
        assert set(session.scalars(text("SELECT state FROM outbox"))) <= {"done", "cancelled", "open"}


class TestADiskThatIsFull:
    """SQLite told that its file may not grow: what a full disk says to it, without filling one."""

    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database

    @pytest.mark.parametrize("kind", list(Kind))
    def test_acts_are_put_off_whole(self, database: Database, hands: Hands, kind: Kind) -> None:
        before = digest_of(database.engine)
        with full(database.engine):
            for _ in range(2):
                answer = hands.send(kind)
                if answer.status == 303:
                    pytest.skip("its few rows found room on pages that were there")
                assert answer.status == 503
                assert CALM in answer.body.decode()
        assert digest_of(database.engine) == before
        assert hands.send(kind).status == 303

    def test_a_document_waits_until_there_is_room(self, database: Database, hands: Hands) -> None:
        assert hands.send(Kind.APPROVE).status == 303
        shop = build_workshop(
            hands.made.app.extensions["portal"].config, engine=database.engine, clock=hands.made.clock
        )
        # That it failed is a few words, which find room on a page that is there, or not.
        with full(database.engine), suppress(DatabaseError):
            run_until_empty(shop, HANDLERS)
        with transaction(database.engine, writes=False) as session:
            assert session.scalar(text("SELECT count(*) FROM agreement WHERE seal_state = 'sealed'")) == 0
            documents = session.query(Document).count()
        hands.made.clock.move_on(minutes=3)
        run_until_empty(shop, HANDLERS)
        with transaction(database.engine, writes=False) as session:
            assert session.scalar(text("SELECT count(*) FROM agreement WHERE seal_state = 'sealed'")) == 1
            assert session.query(Document).count() == documents + 1


@contextmanager
def full(engine: Engine) -> Iterator[None]:
    """No connection may make the file larger, though there are free pages to use up first."""

    def _limit(connection: object, _record: object = None) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    engine.dispose()
    event.listen(engine, "connect", _limit)
    try:
        yield
    finally:
        event.remove(engine, "connect", _limit)
        engine.dispose()


class TestTwoThatWaitForEachOther:
    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    @pytest.mark.postgresql
    def test_one_is_asked_calmly_to_come_again(self, database: Database, hands: Hands) -> None:
        """Signing locks the loan and then the proposal; here somebody else does it the other way round."""
        act = hands.acts[Kind.SIGN]
        answers: list[int] = []
        with database.engine.connect() as other:
            other.execute(text("SET LOCAL deadlock_timeout = '60s'"))
            loan = other.scalar(
                text("SELECT loan_id FROM proposal WHERE id = :id FOR UPDATE"), {"id": act.proposal_id}
            )
            thread = threading.Thread(target=lambda: answers.append(hands.send(Kind.SIGN).status))
            thread.start()
            _until_somebody_waits(database)
            other.execute(text("SELECT 1 FROM loan WHERE id = :id FOR UPDATE"), {"id": loan})
            thread.join()
            other.rollback()
        assert answers == [503]
        assert hands.send(Kind.SIGN).status == 303


def _until_somebody_waits(database: Database) -> None:
    name = make_url(database.url).database
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND wait_event_type = 'Lock'")
    for _ in range(10_000):
        with transaction(database.engine, writes=False) as session:
            if session.scalar(asked, {"name": name}):
                return
    raise AssertionError("nobody waited")
