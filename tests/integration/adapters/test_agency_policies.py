"""Which rows an agency's staff get from PostgreSQL itself, whatever is asked (decision 0301): SQL by hand, as ``portal_agency``."""

import itertools
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from portal.adapters.agency_policies import (
    EVERYBODY,
    NOTED_FOR,
    ROWS,
    WALLED,
    hidden_tables,
    is_up,
    put_up,
    take_down,
)
from portal.adapters.database_rights import (
    AGENCY_RIGHTS,
    AGENCY_ROLE,
    account_inherits,
    grant_account,
    wall_off,
)
from portal.db import make_engine, transaction
from portal.domain.contact_overrides import OverrideReason
from portal.domain.loans import Stage
from portal.domain.permissions import Role
from portal.domain.stages import Basis
from portal.models import (
    Base,
    Borrower,
    Call,
    CallRefusal,
    CallTask,
    Contact,
    ContactWish,
    Creditor,
    DelinquencyPause,
    Hold,
    KnownDevice,
    Loan,
    LoanStanding,
    Representative,
    ServiceCase,
    StaffMember,
    StaffRelation,
)
from portal.models import CallOverride as Override
from portal.queries.placements import placed_loans
from portal.web.review.calls.items import OPEN_FOR
from tests.callers import AT_TEN, fill_list
from tests.databases import Database
from tests.narrow_accounts import address_of, bare_account, narrow_account
from tests.people import (
    NOW,
    TODAY,
    Cast,
    add_agency,
    add_borrower,
    add_cast,
    add_creditor,
    add_loan,
    add_staff,
)
from tests.placements import employ, engage
from tests.stories import Story

pytestmark = pytest.mark.postgresql

NOT_ABOUT_BORROWERS = {
    "agency", "calendar_version", "creditor", "guide_version", "policy_version", "rate_count", "read_only_spell", "staff_absence",
    "staff_declaration", "staff_key", "staff_member", "stopped_number", "verified_account", "web_session",
}  # fmt: skip
"""Open to the role and not walled. A stopped number is a keyed hash, of nobody by name."""


@dataclass(frozen=True, slots=True)
class Three:
    """A loan that 何静's agency has, one of another agency, and one of nobody; each of somebody else, and with all that a loan may have."""

    cast: Cast
    own: int
    others: int
    nobodys: int
    rival: int
    """Who works for the other agency."""


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


@pytest.fixture
def narrow(database: Database) -> Iterator[Database]:
    with narrow_account(database) as narrow:
        yield narrow


@pytest.fixture
def three(database: Database) -> Three:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        people = [
            cast.li_na,
            cast.wang_qiang,
            add_borrower(session, "赵敏", mobile="+8613800138003", id_last4="3035"),
        ]
        loans = [add_loan(session, each, ref=f"L-300{place}") for place, each in enumerate(people)]
        for person, loan in zip(people, loans, strict=True):
            Story(session, person, loan).submit()
            _surround(session, cast, loan)
        engage(session, cast)
        other = add_agency(session, "诚远服务有限公司")
        add_creditor(session, "远方消费金融有限公司").agency = other.name
        rival = add_staff(session, "1099", "rival", "对手", Role.COLLECTOR)
        employ(session, rival, other)
        loans[1].creditor = "远方消费金融有限公司"
        for loan in loans[:2]:
            loan.collection_stage = Stage.AGENCY.value
        session.flush()
        fill_list(session)
        own, others, nobodys = (loan.id for loan in loans)
        return Three(cast, own, others, nobodys, rival.id)


def _surround(session: Session, cast: Cast, loan: Loan) -> None:
    about = {"loan_id": loan.id, "borrower_id": loan.borrower_id}
    contact = Contact(
        **about, at=NOW, purpose="collection_call", channel="phone", number_hash=f"n{loan.id}", number_last4="8001",
        template_version="1", rule_decision="allowed", result="answered", actor_kind="staff",
    )  # fmt: skip
    case = ServiceCase(
        public_id=f"{loan.id:032}", reference=f"T-{loan.id}", kind="talk", topic="plan_help", body="请回电。", call_back="in_writing",
        page="", status="open", opened_at=NOW, answer_by=NOW, **about,
    )  # fmt: skip
    session.add_all([contact, case])
    session.flush()
    call = Call(
        **about, contact_id=contact.id, staff_id=cast.lin_yue.id, opened_at=NOW, lapses_at=NOW, ended_at=NOW,
        noted_at=NOW - timedelta(hours=1),
        outcome="no_answer",
    )  # fmt: skip
    session.add(call)
    session.flush()
    person = {"borrower_id": loan.borrower_id}
    session.add_all(
        [
            CallTask(
                **about, call_id=call.id, kind="call_back", due_at=NOW, due_on=TODAY, currency="CNY", made_at=NOW, made_on=TODAY,
            ),
            CallRefusal(loan_id=loan.id, staff_id=cast.lin_yue.id, rule="C02", because="hours", at=NOW),
            Override(
                **about, public_id=f"{loan.id:032}", rule="C02", because="hours", reason=OverrideReason.AT_RISK.value,
                explanation="约好了", asked_by=cast.lin_yue.id, asked_at=NOW, expires_at=NOW,
            ),
            ContactWish(**person, first_hour=9, last_hour=20, channels=["phone"], made_at=NOW),
            Representative(**person, case_id=case.id, kind="helper", status="named", named_at=NOW),
            KnownDevice(**person, token_hash=f"t{loan.id}", verified_at=NOW),
            StaffRelation(**person, staff_member_id=cast.zhou_min.id, kind="close", made_at=NOW),
            Hold(
                loan_id=loan.id, kind="illness", reason="said", started_at=NOW, ended_at=NOW, end_reason="time_over",
                evidence="told_by_borrower",
            ),
        ]
    )  # fmt: skip
    if session.scalar(select(DelinquencyPause.id).where(DelinquencyPause.loan_id == loan.id)) is None:
        session.add(DelinquencyPause(loan_id=loan.id, starts_on=TODAY))
    session.flush()


@contextmanager
def walled(narrow: Database, staff_id: int, *, at: datetime = AT_TEN) -> Iterator[Session]:
    with transaction(narrow.engine) as session:
        assert wall_off(session, staff_id, at=at)
        yield session


def whose(session: Session) -> Mapping[str, set[int]]:
    """By table: the loans, or else the borrowers, that its rows are about, of those that whoever asks may see."""
    found = {}
    for table in WALLED:
        key = _key(table)
        rows = session.scalars(text(f'SELECT DISTINCT {key} FROM "{table}" about')).all()
        found[table] = {row for row in rows if row is not None}
    return found


def _key(table: str) -> str:
    columns = Base.metadata.tables[table].columns.keys()
    if table == "proposal_version":
        return "(SELECT loan_id FROM proposal p WHERE p.id = about.proposal_id)"
    if "loan_id" in columns:
        return "loan_id"
    return "id" if table in {"loan", "borrower"} else "borrower_id"


def expected(database: Database, loan_id: int) -> Mapping[str, set[int]]:
    with transaction(database.engine) as session:
        person = session.get_one(Loan, loan_id).borrower_id
    return {
        table: {loan_id if _key(table) != "borrower_id" and table != "borrower" else person}
        for table in WALLED
    }


def test_every_table_about_borrowers_that_is_open_is_walled() -> None:
    assert set(AGENCY_RIGHTS) - NOT_ABOUT_BORROWERS == set(WALLED)
    about = {"loan_id", "borrower_id"}
    for name in NOT_ABOUT_BORROWERS:
        assert not about & set(Base.metadata.tables[name].columns.keys()), name


def test_of_each_table_their_own_is_open_and_nobody_elses(
    narrow: Database, database: Database, three: Three
) -> None:
    with transaction(database.engine) as session:
        everything = whose(session)
    for table, rows in everything.items():
        assert len(rows) >= 3, f"{table} has nothing to hide"
    for staff_id, loan_id in ((three.cast.he_jing.id, three.own), (three.rival, three.others)):
        wanted = dict(expected(database, loan_id))
        wanted["staff_relation"] = set()
        with walled(narrow, staff_id) as session:
            assert dict(whose(session)) == wanted


def test_who_is_of_no_agency_gets_nothing(narrow: Database, three: Three) -> None:
    settings = [
        {},
        {"portal.staff": "", "portal.at": ""},
        {"portal.staff": str(three.cast.he_jing.id)},
        {"portal.at": AT_TEN.isoformat()},
        *(
            {"portal.staff": str(each), "portal.at": AT_TEN.isoformat()}
            for each in (0, three.cast.lin_yue.id)
        ),
    ]
    for told in settings:
        with transaction(narrow.engine) as session:
            for name, value in told.items():
                session.execute(
                    text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value}
                )
            session.execute(text(f"SET LOCAL ROLE {AGENCY_ROLE}"))
            assert dict(whose(session)) == {table: set() for table in WALLED}, told


def test_what_one_may_see_ends_with_the_transaction(narrow: Database, three: Three) -> None:
    with narrow.engine.connect() as connection:
        for role, count in ((three.cast.he_jing.id, 1), (None, 0), (three.rival, 1)):
            session = Session(connection)
            if role is not None:
                wall_off(session, role, at=AT_TEN)
            connection.execute(text(f"SET LOCAL ROLE {AGENCY_ROLE}"))
            assert connection.scalar(text("SELECT count(*) FROM loan")) == count
            connection.rollback()


def test_a_disabled_account_has_nothing(narrow: Database, database: Database, three: Three) -> None:
    with transaction(database.engine) as session:
        session.get_one(StaffMember, three.cast.he_jing.id).disabled_at = NOW
    with walled(narrow, three.cast.he_jing.id) as session:
        assert dict(whose(session)) == {table: set() for table in WALLED}


ENDS = [
    ("UPDATE agency SET contract_to = '{today}'", True),
    ("UPDATE agency SET contract_to = '{yesterday}'", False),
    ("UPDATE agency SET contract_from = '{tomorrow}'", False),
    ("UPDATE agency SET ended_at = now(), data_removed_at = now()", False),
    ("UPDATE staff_member SET agency_id = NULL", False),
    ("UPDATE creditor SET agency = NULL", False),
    ("UPDATE creditor SET agency = '诚远服务有限公司'", False),
    ("UPDATE loan SET collection_stage = 'internal'", False),
    ("UPDATE loan SET collection_stage = NULL", False),
    ("UPDATE loan SET collection_stage = NULL; UPDATE loan_standing SET stage_basis = 'notice'", True),
    ("UPDATE loan_standing SET stage = 'legal'", False),
    ("UPDATE loan SET assigned_on = '{today}'", False),
    ("UPDATE loan SET assigned_on = '{today}', assignment_told_on = '{today}'", True),
    ("UPDATE loan_standing SET delinquent_days = 0", False),
    ("UPDATE loan_standing SET limitation_ends_on = '{yesterday}'", False),
    ("UPDATE loan_standing SET limitation_ends_on = '{today}'", True),
]


def test_it_ends_with_the_placement(narrow: Database, database: Database, three: Three) -> None:
    days = {
        name: TODAY + timedelta(days=place)
        for name, place in (("yesterday", -1), ("today", 0), ("tomorrow", 1))
    }
    found = []
    for change, _ in ENDS:
        with transaction(database.engine) as session:
            for each in change.split("; "):
                session.execute(text(each.format(**days)))
            wall_off(session, three.cast.he_jing.id, at=AT_TEN)
            found.append((change, bool(session.scalars(text("SELECT loan_id FROM installment")).all())))
            session.rollback()
    assert found == ENDS


def test_a_call_of_ones_own_stays_open_until_it_is_noted_and_a_moment_longer(
    narrow: Database, database: Database, three: Three
) -> None:
    def seen() -> bool:
        with walled(narrow, three.cast.he_jing.id) as session:
            return three.nobodys in session.scalars(text("SELECT loan_id FROM loan_standing")).all()

    def note(minutes: int | None) -> None:
        noted = None if minutes is None else AT_TEN - timedelta(minutes=minutes)
        with transaction(database.engine) as session:
            call = session.scalars(select(Call).where(Call.loan_id == three.nobodys)).one()
            call.staff_id, call.noted_at = three.cast.he_jing.id, noted
            call.outcome = None if noted is None else "no_answer"

    assert NOTED_FOR == OPEN_FOR
    assert not seen()
    for minutes, is_seen in ((None, True), (14, True), (15, False)):
        note(minutes)
        assert seen() is is_seen, minutes


def test_who_shares_a_number_is_counted_with_and_shown_to_no_loan_of_theirs(
    narrow: Database, database: Database, three: Three
) -> None:
    """The contact guard asks who else is reached there, and whoever opens a call locks all of them."""
    with transaction(database.engine) as session:
        shared = session.get_one(Borrower, session.get_one(Loan, three.nobodys).borrower_id)
        shared.mobile = three.cast.li_na.mobile
    with walled(narrow, three.cast.he_jing.id) as session:
        found = whose(session)
    assert found["contact"] == found["hold"] == found["call"] == {three.own, three.nobodys}
    assert found["installment"] == found["loan_standing"] == found["proposal"] == {three.own}


_CALL = "INSERT INTO call (contact_id, loan_id, borrower_id, staff_id, opened_at, lapses_at)"
_COPIED = (
    "borrower_id, at, purpose, channel, direction, number_hash, number_last4, template_version, rule_decision, result, text, sent_from,"
    " tries, error, actor_kind"
)
FOREIGN = [
    f"{_CALL} SELECT contact_id, {{loan}}, {{person}}, {{staff}}, now(), now() FROM call LIMIT 1",
    f"{_CALL} SELECT contact_id, loan_id, borrower_id, {{rival}}, now(), now() FROM call LIMIT 1",
    "INSERT INTO call_refusal (loan_id, staff_id, rule, because, at) VALUES ({loan}, {staff}, 'C02', 'hours', now())",
    "INSERT INTO call_refusal (loan_id, staff_id, rule, because, at) VALUES ({own}, {rival}, 'C02', 'hours', now())",
    "INSERT INTO hold (loan_id, kind, reason, started_at, evidence) VALUES ({loan}, 'dispute', 'r', now(), '')",
    "INSERT INTO event (name, at, actor_kind, fields, loan_id) VALUES ('call:taken', now(), 'staff', '{{}}', {loan})",
    "INSERT INTO event (name, at, actor_kind, fields, borrower_id) VALUES ('call:taken', now(), 'staff', '{{}}', {person})",
    f"INSERT INTO contact (loan_id, {_COPIED}) SELECT {{loan}}, {_COPIED} FROM contact LIMIT 1",
    "UPDATE contact SET loan_id = {loan}",
    "UPDATE call SET borrower_id = {person}",
    "UPDATE call SET loan_id = {loan}",
    "UPDATE call_item SET loan_id = {loan}",
    "UPDATE hold SET loan_id = {loan}",
    "UPDATE borrower SET id = {person}",
]


def test_nothing_is_written_about_what_is_not_theirs(
    narrow: Database, database: Database, three: Three
) -> None:
    with transaction(database.engine) as session:
        person = session.get_one(Loan, three.others).borrower_id
    told = {
        "loan": three.others,
        "own": three.own,
        "person": person,
        "staff": three.cast.he_jing.id,
        "rival": three.rival,
    }
    for statement in FOREIGN:
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            walled(narrow, three.cast.he_jing.id) as session,
        ):
            session.execute(text(statement.format(**told)))


def test_an_update_of_everything_changes_their_own_alone(narrow: Database, three: Three) -> None:
    with walled(narrow, three.cast.he_jing.id) as session:
        for table in ("call_item", "call", "contact", "call_task", "hold", "borrower"):
            column = _key(table)
            changed = (
                session.execute(text(f'UPDATE "{table}" SET {column} = {column} RETURNING {column}'))
                .scalars()
                .all()
            )
            assert len(set(changed)) == 1, table


def test_the_wall_hides_nothing_that_the_window_shows_and_little_else(
    narrow: Database, database: Database
) -> None:
    """Three hundred loans of every kind, asked by staff of two agencies on three days."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        own, other = engage(session, cast, contract_to=TODAY), add_agency(session, "诚远服务有限公司")
        rival = add_staff(session, "1099", "rival", "对手", Role.COLLECTOR)
        employ(session, rival, other)
        far = add_creditor(session, "远方消费金融有限公司")
        far.agency = other.name
        stopped = _varied(session, cast, far)
        staff = [cast.he_jing.id, rival.id, cast.lin_yue.id]
        assert own.contract_to == TODAY
    most = 0
    for staff_id, day in itertools.product(staff, (-1, 0, 1)):
        at = AT_TEN + timedelta(days=day)
        with walled(narrow, staff_id, at=at) as session:
            behind_wall = set(session.scalars(text("SELECT loan_id FROM loan_standing")))
            within = set(session.scalars(placed_loans(staff_id, now=at)))
        with transaction(database.engine) as session:
            shown = set(session.scalars(placed_loans(staff_id, now=at)))
        assert within == shown
        assert behind_wall - shown <= stopped
        most = max(most, len(shown))
    assert most > 5


def _varied(session: Session, cast: Cast, far: Creditor) -> set[int]:
    """Which of them a hold stops, or a payment since the day's run: of those the wall knows nothing."""
    chance, stopped = random.Random(301), set()
    days = [None, TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    for place in range(300):
        loan = add_loan(
            session, chance.choice([cast.li_na, cast.wang_qiang]), ref=f"V-{place}", installments=1, paid=0,
            creditor=chance.choice([cast.creditor.name, cast.creditor.name, far.name]),
        )  # fmt: skip
        loan.collection_stage = chance.choice([None, "agency", "agency", "internal", "legal"])
        if chance.random() < 0.1:
            loan.assigned_on, loan.assignment_told_on = TODAY, chance.choice([None, TODAY])
        session.add(
            LoanStanding(
                loan_id=loan.id, stage=chance.choice(["agency", "agency", "agency", "internal", None]),
                stage_basis=chance.choice([None, *(each.value for each in Basis)]), delinquent_days=chance.choice([0, 5, 40, 95]),
                limitation_ends_on=chance.choice([None, None, *days]),
            )
        )  # fmt: skip
        if chance.random() < 0.1:
            session.add(
                Hold(
                    loan_id=loan.id,
                    kind="illness",
                    reason="said",
                    started_at=NOW,
                    evidence="told_by_borrower",
                )
            )
            stopped.add(loan.id)
    session.flush()
    return stopped


def plans(engine: Engine, statements: Mapping[str, str]) -> dict[str, str]:
    with engine.connect() as connection:
        return {
            name: "\n".join(connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}").scalars())
            for name, statement in statements.items()
        }


def test_everybody_elses_plans_are_as_without_it(narrow: Database, database: Database, three: Three) -> None:
    statements = {
        table: f'SELECT * FROM "{table}" WHERE {_key(table)} = 5'
        for table in WALLED
        if table != "proposal_version"
    }
    statements["all"] = (
        "SELECT count(*) FROM loan JOIN borrower ON borrower.id = borrower_id JOIN call_item ON loan_id = loan.id"
    )
    with narrow.engine.connect() as connection:
        assert not account_inherits(connection, narrow.engine.url.username or "")
    within = plans(narrow.engine, statements)
    with database.engine.begin() as owner:
        take_down(owner, whole=True)
    assert within == plans(narrow.engine, statements)


def test_who_inherits_the_role_sees_everything(narrow: Database, database: Database, three: Three) -> None:
    """As after a grant by hand: policies are of members, too."""
    role = narrow.engine.url.username or ""
    with database.engine.begin() as owner:
        owner.exec_driver_sql(f'ALTER ROLE "{role}" INHERIT')
    with narrow.engine.connect() as connection:
        assert account_inherits(connection, role)
        assert hidden_tables(connection) == []
        found = whose(Session(connection))
    with transaction(database.engine) as session:
        assert dict(found) == dict(whose(session))
    with database.engine.begin() as owner:
        grant_account(owner, role)
        assert not account_inherits(owner, role)


def test_a_statement_that_was_prepared_before_is_planned_anew_for_the_role(
    narrow: Database, three: Three
) -> None:
    """The driver prepares what is asked often; the connection serves the lender's staff and an agency's in turn."""
    for _ in range(3):
        for _ in range(8):
            with transaction(narrow.engine) as session:
                assert session.scalar(text("SELECT count(*) FROM loan")) == 3
        with walled(narrow, three.cast.he_jing.id) as session:
            assert session.scalar(text("SELECT count(*) FROM loan")) == 1


def test_granting_again_touches_no_table(narrow: Database, database: Database, three: Three) -> None:
    role = narrow.engine.url.username or ""
    with narrow.engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM loan"))
        with database.engine.begin() as owner:
            owner.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            grant_account(owner, role)
            assert is_up(owner, AGENCY_ROLE)


def test_what_is_not_as_it_should_be_is_seen_and_put_up_again(narrow: Database, database: Database) -> None:
    for change in (
        "DROP POLICY agency_window ON loan",
        "DROP POLICY agency_window_changed ON call_item",
        f"DROP POLICY {EVERYBODY} ON event",
        "ALTER TABLE contact DISABLE ROW LEVEL SECURITY",
        f"ALTER POLICY {EVERYBODY} ON hold USING (false)",
        "ALTER POLICY agency_window ON payment TO PUBLIC",
        f"COMMENT ON FUNCTION {ROWS} IS 'of another version'",
    ):
        with database.engine.begin() as owner:
            owner.exec_driver_sql(change)
            assert not is_up(owner, AGENCY_ROLE), change
            grant_account(owner, narrow.engine.url.username or "")
            assert is_up(owner, AGENCY_ROLE), change
    with narrow.engine.connect() as connection:
        assert is_up(connection, AGENCY_ROLE)
        assert hidden_tables(connection) == []


def test_a_table_that_somebody_uses_is_not_waited_for(
    narrow: Database, database: Database, three: Three
) -> None:
    """Nobody queues behind who grants; ``portal database grant`` tries again."""
    with narrow.engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM loan"))
        with database.engine.connect() as owner:
            owner.exec_driver_sql(f"COMMENT ON FUNCTION {ROWS} IS 'of another version'")
            with pytest.raises(OperationalError, match="lock timeout"):
                put_up(owner, AGENCY_ROLE)


def test_a_table_that_is_gone_takes_its_policies_along_and_columns_are_free(
    narrow: Database, database: Database
) -> None:
    with database.engine.begin() as owner:
        for statement in (
            "DROP TABLE call_override",
            "ALTER TABLE loan_standing DROP COLUMN stage",
            "ALTER TABLE agency DROP COLUMN ended_at",
        ):
            with owner.begin_nested() as tried:
                owner.exec_driver_sql(statement)
                tried.rollback()


def test_nobody_else_calls_the_function(narrow: Database, database: Database, three: Three) -> None:
    with bare_account(database) as role:
        engine = make_engine(address_of(database, role))
        with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(f"SELECT {ROWS}('loan')"))
        engine.dispose()
