"""``portal doctor`` looks at the public address's certificate as a browser does, and at the way to the database."""

from datetime import timedelta
from pathlib import Path

import pytest

from portal.commands.doctor import network
from portal.commands.doctor.findings import Severity
from portal.i18n import format_date, use_locale
from tests.certificates import LocalAuthority, make_authority, showing
from tests.databases import Database
from tests.integration.commands.doctor.conftest import Installation

DAYS = timedelta(days=1)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalAuthority:
    """One that this system trusts, and no other."""
    made = make_authority(tmp_path / "authority")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.root))
    return made


def found(installation: Installation, port: int) -> list[tuple[Severity, str]]:
    installation.told(base_url=f"https://localhost:{port}")
    return [(each.severity, each.sentence) for each in installation.found_by(network.public_certificate)]


def test_one_that_browsers_trust_is_no_finding(installation: Installation, authority: LocalAuthority) -> None:
    with showing(authority.issue("localhost", begins=-DAYS, ends=15 * DAYS)) as port:
        assert found(installation, port) == []


def test_one_that_ends_within_two_weeks_is_told_with_its_day(
    installation: Installation, authority: LocalAuthority
) -> None:
    with showing(authority.issue("localhost", begins=-DAYS, ends=13 * DAYS)) as port:
        ((severity, sentence),) = found(installation, port)
    end = (installation.patient.clock.now() + 13 * DAYS).date()
    assert severity is Severity.WARNING
    with use_locale("en"):
        assert f"ends on {format_date(end)}" in sentence


@pytest.mark.parametrize(
    ("host", "begins", "ends", "said"),
    [
        ("elsewhere.example", -DAYS, 90 * DAYS, "is for other names"),
        ("localhost", -9 * DAYS, -DAYS, "has ended or is not valid yet"),
        ("localhost", DAYS, 90 * DAYS, "has ended or is not valid yet"),
    ],
)
def test_one_that_browsers_warn_of_is_a_fault(
    installation: Installation,
    authority: LocalAuthority,
    host: str,
    begins: timedelta,
    ends: timedelta,
    said: str,
) -> None:
    with showing(authority.issue(host, begins=begins, ends=ends)) as port:
        ((severity, sentence),) = found(installation, port)
    assert severity is Severity.FAULT
    assert said in sentence


def test_one_of_an_authority_that_nobody_trusts_is_a_fault(
    installation: Installation, authority: LocalAuthority, tmp_path: Path
) -> None:
    del authority
    strange = make_authority(tmp_path / "strange")
    with showing(strange.issue("localhost", begins=-DAYS, ends=90 * DAYS)) as port:
        ((severity, sentence),) = found(installation, port)
    assert severity is Severity.FAULT
    assert "is not trusted here (" in sentence


def test_what_does_not_answer_could_not_be_looked_at_and_is_no_fault(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "SECONDS", 0.2)
    with showing(None) as port:
        ((severity, silent),) = found(installation, port)
    ((closed_severity, closed),) = found(installation, port)
    assert {severity, closed_severity} == {Severity.NOTE}
    assert "could not be looked at from here (no answer in time)" in silent
    assert "could not be looked at from here (ConnectionRefusedError)" in closed


def test_without_https_nothing_is_looked_at(installation: Installation) -> None:
    installation.told(base_url="http://localhost:1")
    assert installation.found_by(network.public_certificate) == []


@pytest.mark.parametrize(
    ("url", "environ", "is_noted"),
    [
        ("postgresql+psycopg://portal@db.example/portal", {}, True),
        ("postgresql+psycopg://portal@db.example/portal?sslmode=require", {}, True),
        ("postgresql+psycopg://portal@db.example/portal?sslmode=require", {"PGSSLMODE": "verify-full"}, True),
        ("postgresql+psycopg://portal@db.example/portal?sslmode=verify-full", {}, False),
        ("postgresql+psycopg://portal@db.example/portal", {"PGSSLMODE": "verify-full"}, False),
        ("postgresql+psycopg://portal@/portal", {"PGHOST": "db.example"}, True),
        ("postgresql+psycopg://portal@/portal", {}, False),
        ("postgresql+psycopg://portal@127.0.0.1/portal", {}, False),
        ("postgresql+psycopg://portal@localhost:5433/portal", {}, False),
        ("postgresql+psycopg://portal@/portal?host=/run/postgresql", {}, False),
        ("sqlite:///portal.sqlite3", {}, False),
    ],
)
def test_a_database_elsewhere_that_proves_nothing_is_noted(
    installation: Installation, url: str, environ: dict[str, str], is_noted: bool
) -> None:
    installation.told(database_url=url)
    installation.on(environ=environ)
    said = installation.found_by(network.database_transport)
    assert [each.severity for each in said] == ([Severity.NOTE] if is_noted else [])
    assert all("db.example" in each.sentence for each in said)
