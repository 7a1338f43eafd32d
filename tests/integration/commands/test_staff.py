import re
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import select

from portal.adapters.passwords import Argon2Passwords
from portal.commands import cli
from portal.db import transaction
from portal.models import StaffMember, StaffRelation
from tests.databases import Database
from tests.integration.adapters.test_password_hashes import listed
from tests.integration.commands.conftest import Portal
from tests.people import PASSWORD, add_cast

FIRST = (
    "staff",
    "add",
    "--login",
    "Sun.Hao",
    "--name",
    "孙浩",
    "--number",
    "1005",
    "--role",
    "administrator",
)


def typed(environment: dict[str, str], text: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*FIRST, *arguments], env=environment, input=text)


def member(database: Database, login: str) -> StaffMember:
    with transaction(database.engine, writes=False) as session:
        return session.scalars(select(StaffMember).where(StaffMember.login == login)).one()


def test_the_first_administrator_is_made_with_a_password_and_an_app(
    portal: Portal, database: Database
) -> None:
    done = portal(*FIRST, "--generate")
    assert done.exit_code == 0, done.output
    password = re.search(r"Password \(shown this once\): (\S{24})\n", done.output)
    secret = re.search(r"Authenticator app \(shown this once\): ([A-Z2-7]{32})\n", done.output)
    assert password is not None
    assert secret is not None
    assert f"otpauth://totp/Repayment%20desk:sun.hao?secret={secret[1]}" in done.output
    kept = member(database, "sun.hao")
    assert kept.roles == ["administrator"]
    assert Argon2Passwords().verify(kept.password_hash, password[1])
    assert kept.totp_secret == secret[1]


def test_a_password_may_be_piped_in(environment: dict[str, str], database: Database) -> None:
    done = typed(environment, PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    assert Argon2Passwords().verify(member(database, "sun.hao").password_hash, PASSWORD)


def test_a_weak_password_or_a_taken_login_is_refused_in_words(
    environment: dict[str, str], portal: Portal
) -> None:
    weak = typed(environment, "short\n")
    assert (weak.exit_code, weak.output) == (1, "Error: A password needs at least 15 characters.\n")
    assert portal(*FIRST, "--generate").exit_code == 0
    assert "in use already" in portal(*FIRST, "--generate").output
    assert portal("staff", "add", "--login", "x", "--name", "x", "--number", "1").exit_code == 2


def test_a_password_that_is_known_from_a_breach_is_refused(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "breached.txt"
    path.write_text(listed(PASSWORD, "another one"), "ascii")
    told = {**environment, "PORTAL_BREACHED_PASSWORDS": str(path)}
    refused = typed(told, PASSWORD + "\n")
    assert refused.exit_code == 1
    assert "known from a breach" in refused.output
    assert typed(told, "another one that nobody has\n").exit_code == 0


def test_accounts_are_listed_and_ended(portal: Portal, database: Database) -> None:
    assert "There is no account yet" in portal("staff", "list").output
    portal(*FIRST, "--generate")
    assert portal("staff", "list").output == "1005\tsun.hao\t孙浩\tadministrator\tmay sign in\n"
    assert portal("staff", "disable", "sun.hao").exit_code == 0
    assert portal("staff", "list").output.endswith("\tdisabled\n")
    assert member(database, "sun.hao").disabled_at is not None
    assert portal("staff", "disable", "nobody").exit_code == 1


def test_a_relation_is_noted(portal: Portal, database: Database) -> None:
    with transaction(database.engine) as session:
        ref = add_cast(session).li_na.borrower_ref
    assert portal("staff", "relate", "zhou.min", ref, "--oneself").exit_code == 0
    assert "There is no borrower" in portal("staff", "relate", "zhou.min", "B-0").output
    with transaction(database.engine, writes=False) as session:
        assert session.scalars(select(StaffRelation.kind)).all() == ["oneself"]
