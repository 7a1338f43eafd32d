"""What the account of pages and workers may not do is refused by PostgreSQL itself."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from portal.adapters import database_rights
from portal.adapters.database_rights import (
    DELETED_FROM,
    NEVER_CHANGED,
    CannotGrantError,
    Standing,
    Verb,
    account_has_wall,
    account_rights,
    grant_account,
    granted_accounts,
    has_wall,
    standing_of,
)
from portal.db import make_engine, transaction
from portal.models import Base
from tests.databases import Database
from tests.narrow_accounts import address_of, bare_account, narrow_account

pytestmark = pytest.mark.postgresql

GROW_ONLY = {
    "agreement",
    "book_import",
    "borrower",
    "contact",
    "decision",
    "document",
    "event",
    "guide_version",
    "loan",
    "message_spending",
    "policy_version",
    "proposal",
    "proposal_version",
    "record_leaf",
    "staff_member",
}
"""Of these nothing is ever deleted, whatever else changes in them."""
NOT_ALLOWED = "42501"


@pytest.fixture
def narrow(postgresql_database: Database) -> Iterator[Database]:
    with narrow_account(postgresql_database) as narrow:
        yield narrow


def refused(database: Database, statement: str) -> bool:
    """Whether PostgreSQL says that the account may not; any other answer is one."""
    with database.engine.connect() as connection:
        try:
            connection.exec_driver_sql(statement)
        except ProgrammingError as error:
            return getattr(error.orig, "sqlstate", None) == NOT_ALLOWED
        return False


def test_every_table_is_read_and_added_to_and_those_that_only_grow_lose_nothing() -> None:
    rights = dict(account_rights())
    assert set(rights) == {*Base.metadata.tables, "alembic_version"}
    assert rights.pop("alembic_version") == {Verb.SELECT}
    assert all({Verb.SELECT, Verb.INSERT} <= verbs for verbs in rights.values())
    assert {name for name, verbs in rights.items() if Verb.DELETE in verbs} == DELETED_FROM
    assert not GROW_ONLY & DELETED_FROM
    assert set(rights) >= GROW_ONLY | DELETED_FROM | NEVER_CHANGED


def test_no_table_is_emptied_changed_or_let_go(narrow: Database) -> None:
    let = [
        statement
        for table in account_rights()
        for statement in (
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} ADD COLUMN more text",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"ALTER TABLE {table} OWNER TO CURRENT_USER",
            f"DROP TABLE {table} CASCADE",
            f"CREATE INDEX i ON {table} ((1))",
            f"CREATE TRIGGER t BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION event_is_append_only()",
            f"DELETE FROM {table}",
        )
        if not refused(narrow, statement)
    ]
    assert let == [f"DELETE FROM {table}" for table in account_rights() if table in DELETED_FROM]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record_leaf SET leaf = leaf",
        "UPDATE guide_version SET number = 1",
        "UPDATE alembic_version SET version_num = '0001'",
        "INSERT INTO alembic_version (version_num) VALUES ('0001')",
        "DROP TRIGGER event_append_only ON event",
        "CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION event_is_append_only() CASCADE",
        "CREATE TABLE mine (a int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "SET session_replication_role = replica",
        "SELECT setval('event_id_seq', 1)",
        "COPY event TO PROGRAM 'cat'",
    ],
)
def test_neither_schema_nor_triggers_nor_the_record_are_its_to_change(
    narrow: Database, statement: str
) -> None:
    assert refused(narrow, statement)


def test_the_triggers_speak_to_it_as_to_everybody(narrow: Database) -> None:
    """It may empty an event, as erasing does, and not write another text into it."""
    with narrow.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO event (name, at, actor_kind, fields) VALUES ('calendar:published', now(), 'system', '{}')"
        )
    with (
        pytest.raises(Exception, match="append"),
        narrow.engine.begin() as connection,
    ):
        connection.exec_driver_sql("UPDATE event SET name = 'another'")


def test_what_was_granted_is_all_that_is_needed_and_no_more(narrow: Database) -> None:
    with narrow.engine.connect() as connection:
        assert standing_of(connection) == Standing(False, [], False, [], [])


def test_granting_again_takes_away_what_was_given_beyond(
    postgresql_database: Database, narrow: Database
) -> None:
    role = narrow.engine.url.username or ""
    with postgresql_database.engine.begin() as owner:
        owner.exec_driver_sql(f'GRANT TRUNCATE, DELETE ON event TO "{role}"')
        owner.exec_driver_sql(f'REVOKE INSERT ON loan FROM "{role}"')
    with narrow.engine.connect() as connection:
        found = standing_of(connection)
    assert (found.missing, found.beyond) == (["loan: INSERT"], ["event: DELETE", "event: TRUNCATE"])
    with postgresql_database.engine.begin() as owner:
        assert granted_accounts(owner) == [role]
        grant_account(owner, role)
    with narrow.engine.connect() as connection:
        assert standing_of(connection) == Standing(False, [], False, [], [])


def test_nobody_who_could_do_everything_anyhow_is_granted_anything(postgresql_database: Database) -> None:
    def why_not(role: str) -> str:
        with pytest.raises(CannotGrantError) as refusal, postgresql_database.engine.begin() as owner:
            grant_account(owner, role)
        return refusal.value.code

    assert (why_not("nobody knows"), why_not("portal")) == ("unknown", "superuser")
    with bare_account(postgresql_database) as role, bare_account(postgresql_database) as other:
        with postgresql_database.engine.begin() as owner:
            owner.exec_driver_sql(f'ALTER TABLE loan OWNER TO "{role}"')
            owner.exec_driver_sql(f'GRANT "{role}" TO "{other}"')
        try:
            assert (why_not(role), why_not(other)) == ("owner", "owner")
        finally:
            with postgresql_database.engine.begin() as owner:
                owner.exec_driver_sql("ALTER TABLE loan OWNER TO portal")


def test_where_the_owner_may_make_no_roles_the_wall_is_missing_and_all_else_is_granted(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an installation: whoever owns the tables is no superuser. A role of the test's own, for others' are in other databases."""
    agency = "an_agencys_role"
    monkeypatch.setattr(database_rights, "AGENCY_ROLE", agency)
    monkeypatch.setitem(database_rights._ROLE, "role", agency)
    with bare_account(postgresql_database) as owner, bare_account(postgresql_database) as role:
        with postgresql_database.engine.begin() as connection:
            before = everybodys(connection, owner)
        try:
            with postgresql_database.engine.begin() as connection:
                connection.exec_driver_sql(f'SET LOCAL ROLE "{owner}"')
                grant_account(connection, role)
                assert not account_has_wall(connection, role)
            with postgresql_database.engine.begin() as connection:
                connection.exec_driver_sql(f"CREATE ROLE {agency} NOLOGIN")
                connection.exec_driver_sql(f'GRANT {agency} TO "{role}"')
            with postgresql_database.engine.begin() as connection:
                connection.exec_driver_sql(f'SET LOCAL ROLE "{owner}"')
                grant_account(connection, role)
                assert account_has_wall(connection, role)
            engine = make_engine(address_of(postgresql_database, role))
            with engine.connect() as connection:
                assert has_wall(connection)
            engine.dispose()
        finally:
            with postgresql_database.engine.begin() as connection:
                for table in before:
                    connection.exec_driver_sql(f"ALTER TABLE {table} OWNER TO portal")
                connection.exec_driver_sql("ALTER SCHEMA public OWNER TO pg_database_owner")
                connection.exec_driver_sql(f"DROP OWNED BY {agency}")
                connection.exec_driver_sql(f"DROP ROLE {agency}")


def everybodys(connection: Connection, owner: str) -> list[str]:
    """All tables become ``owner``'s, and the schema; which they are."""
    connection.exec_driver_sql(f'ALTER SCHEMA public OWNER TO "{owner}"')
    for table in account_rights():
        connection.exec_driver_sql(f'ALTER TABLE {table} OWNER TO "{owner}"')
    return list(account_rights())


def test_who_does_not_own_the_tables_grants_nothing(narrow: Database, postgresql_database: Database) -> None:
    with bare_account(postgresql_database) as role:
        with pytest.raises(CannotGrantError) as refusal, narrow.engine.begin() as connection:
            grant_account(connection, role)
        assert refusal.value.code == "not_ours"
    with transaction(postgresql_database.engine) as session:
        assert session.scalar(text("SELECT has_table_privilege('portal', 'event', 'DELETE')"))
