"""``portal database grant``, and what ``portal migrate`` does for accounts that had rights before."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

from portal.adapters.agency_policies import ROWS, WALLED, is_of_wall
from portal.adapters.database_copies import copy_database
from portal.adapters.database_rights import AGENCY_ROLE
from portal.commands import cli
from portal.db import make_engine, migrate_down, transaction
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.narrow_accounts import address_of, bare_account
from tests.people import add_cast, add_loan


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


@pytest.fixture
def role(database: Database) -> Iterator[str]:
    with bare_account(database) as role:
        yield role


def may_read_loans(database: Database, role: str) -> bool:
    engine = make_engine(address_of(database, role))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM loan"))
    except ProgrammingError:
        return False
    else:
        return True
    finally:
        engine.dispose()


@pytest.mark.postgresql
def test_an_account_gets_what_it_needs_and_again_changes_nothing(
    portal: Portal, database: Database, role: str
) -> None:
    assert not may_read_loans(database, role)
    for _ in range(2):
        said = portal("database", "grant", "--to", role)
        assert said.exit_code == 0, said.output
        assert role in said.output
        assert may_read_loans(database, role)


@pytest.mark.postgresql
def test_migrating_gives_it_the_new_tables_without_a_word(
    portal: Portal, database: Database, role: str, environment: dict[str, str]
) -> None:
    assert portal("database", "grant", "--to", role).exit_code == 0
    migrate_down(database.url, "0065")
    assert portal("database", "grant", "--to", role).exit_code == 2
    environment["PORTAL_DATABASE_URL"] = address_of(database, role)
    refused = portal("migrate")
    assert refused.exit_code == 1
    assert "may not change tables" in refused.output
    environment["PORTAL_DATABASE_URL"] = database.url
    said = portal("migrate")
    assert said.exit_code == 0, said.output
    environment["PORTAL_DATABASE_URL"] = address_of(database, role)
    assert portal("rates", "list").exit_code == 0
    with database.engine.connect() as connection:
        for table, may in (("staff_member", True), ("loan", True), ("message", False)):
            asked = text("SELECT has_table_privilege(:role, :table, 'SELECT')")
            assert connection.scalar(asked, {"role": AGENCY_ROLE, "table": table}) is may
    assert portal("migrate").exit_code == 0
    assert "does not own all of the tables" in portal("database", "grant", "--to", role).output


@pytest.mark.postgresql
def test_migrating_can_grant_for_the_first_time(portal: Portal, database: Database, role: str) -> None:
    assert portal("migrate", "--grant-to", role).exit_code == 0
    assert may_read_loans(database, role)


@pytest.mark.postgresql
def test_what_the_account_backed_up_is_put_back_by_the_owner_and_granted_anew(
    portal: Portal, database: Database, role: str, environment: dict[str, str], tmp_path: Path
) -> None:
    assert portal("database", "grant", "--to", role).exit_code == 0
    environment["PORTAL_DATABASE_URL"] = address_of(database, role)
    made = portal("backup", "create", tmp_path / "backups")
    assert made.exit_code == 0, made.output
    own = make_url(database.url).database or ""
    elsewhere = Database(
        "postgresql", database.url.replace(f"/{own}?", f"/{own}_put_back?", 1), database.engine
    )
    with psycopg.connect(database.url, autocommit=True) as owner:
        owner.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(f"{own}_put_back")))
        try:
            environment |= {"PORTAL_DATABASE_URL": elsewhere.url, "PORTAL_DATA_DIR": str(tmp_path / "new")}
            said = portal("backup", "restore", made.stdout.splitlines()[0])
            assert said.exit_code == 0, said.output
            assert not may_read_loans(elsewhere, role)
            assert portal("database", "grant", "--to", role).exit_code == 0
            environment["PORTAL_DATABASE_URL"] = address_of(elsewhere, role)
            assert portal("readonly", "on", "--reason", "try").exit_code == 0
        finally:
            owner.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(f"{own}_put_back")))


@pytest.mark.postgresql
def test_what_stands_behind_policies_is_in_the_backup_or_there_is_none(
    portal: Portal, database: Database, role: str, environment: dict[str, str], tmp_path: Path
) -> None:
    with transaction(database.engine) as session:
        add_loan(session, add_cast(session).li_na)
    assert portal("database", "grant", "--to", role).exit_code == 0
    environment["PORTAL_DATABASE_URL"] = address_of(database, role)
    made = portal("backup", "create", tmp_path / "backups")
    assert made.exit_code == 0, made.output
    with database.engine.connect() as connection:
        installments = connection.scalar(text("SELECT count(*) FROM installment"))
    dump = Path(made.stdout.splitlines()[0]) / "database.dump"
    said = subprocess.run(
        ["pg_restore", "--data-only", "--table=installment", "--file=-", dump],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said.split("COPY")[1].split("\\.")[0].count("\n") - 1 == installments
    for place, change in enumerate(
        (
            "ALTER POLICY everybody ON installment USING (number > 6)",
            "DROP POLICY everybody ON installment",
            "CREATE POLICY of_somebody_else ON installment AS RESTRICTIVE USING (number > 6)",
        )
    ):
        with database.engine.begin() as owner:
            owner.execute(text(change))
        refused = portal("backup", "create", tmp_path / f"refused-{place}")
        assert refused.exit_code == 1, change
        assert "row-level security" in refused.output
    with database.engine.begin() as owner:
        owner.execute(text("DROP POLICY of_somebody_else ON installment"))


@pytest.mark.postgresql
def test_what_is_put_back_names_no_role(
    portal: Portal, database: Database, role: str, tmp_path: Path
) -> None:
    assert portal("database", "grant", "--to", role).exit_code == 0
    listed = subprocess.run(
        ["pg_restore", "--list", copy_database(database.url, tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    left = [line for line in listed if not is_of_wall(line)]
    assert len(listed) - len(left) > 3 * len(WALLED)
    assert [line for line in left if "POLICY" in line or "ROW SECURITY" in line or ROWS in line] == []
    assert (
        sum("TABLE DATA" in line for line in left)
        == sum("TABLE DATA" in line for line in listed)
        > len(WALLED)
    )


@pytest.mark.postgresql
def test_what_cannot_be_is_said(portal: Portal) -> None:
    for name, why in (("nobody at all", "has no account"), ("portal", "is a superuser")):
        said = portal("database", "grant", "--to", name)
        assert (said.exit_code, why in said.output) == (1, True), said.output


def test_sqlite_has_no_accounts(sqlite_database: Database) -> None:
    environ = {
        "PORTAL_DATABASE_URL": sqlite_database.url,
        "PORTAL_SECRET_KEY": "a key for tests, long enough to be one",
        "LC_ALL": "en_US.UTF-8",
    }
    for words in (["database", "grant", "--to", "portal"], ["migrate", "--grant-to", "portal"]):
        said = CliRunner().invoke(cli, words, env=environ)
        assert said.exit_code == 2
        assert "PostgreSQL" in said.output
