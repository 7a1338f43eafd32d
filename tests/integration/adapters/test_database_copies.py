"""What PostgreSQL's own programs are told of the database, and what a SQLite file must not lie beside."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from portal.adapters.database_copies import (
    CopyFailedError,
    copy_database,
    left_beside,
    libpq_environment,
    put_back,
)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (
            "postgresql://portal:a/b%40c@db.example:5433/book?sslmode=require",
            {
                "PGHOST": "db.example",
                "PGPORT": "5433",
                "PGUSER": "portal",
                "PGPASSWORD": "a/b@c",
                "PGDATABASE": "book",
                "PGSSLMODE": "require",
            },
        ),
        (
            "postgresql+psycopg://portal@/portal?host=/run/postgresql",
            {"PGHOST": "/run/postgresql", "PGUSER": "portal", "PGDATABASE": "portal"},
        ),
        (
            "postgresql://portal@/portal?host=a:1&host=b:2",
            {"PGHOST": "a,b", "PGPORT": "1,2", "PGUSER": "portal", "PGDATABASE": "portal"},
        ),
        ("postgresql://?service=book", {"PGSERVICE": "book"}),
    ],
)
def test_the_programs_are_told_what_the_driver_is_told(url: str, wanted: dict[str, str]) -> None:
    assert libpq_environment(url) == wanted


def test_what_cannot_be_told_is_refused_and_the_password_is_not_in_it() -> None:
    for query in ("keepalives_idle=9", "sslmode=require&sslmode=disable"):
        with pytest.raises(CopyFailedError) as refused:
            libpq_environment(f"postgresql://portal:pass/word@h/book?{query}")
        assert query.partition("=")[0] in str(refused.value)
        assert "word" not in str(refused.value)


OWN = "postgresql://portal@database/portal"


@pytest.mark.parametrize(
    ("named", "password"),
    [
        (OWN, "ours"),
        ("postgresql+psycopg://portal@database/elsewhere", "ours"),
        ("postgresql://portal@elsewhere/portal", None),
        ("postgresql://portal@database:5433/portal", None),
        ("postgresql://portal_owner@database/portal", None),
        ("postgresql://portal:theirs@elsewhere/portal", "theirs"),
    ],
)
def test_the_password_of_our_database_goes_to_no_other(
    named: str, password: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Told by a program that stands in for PostgreSQL's."""
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\nprintf %s "${PGPASSWORD-none}" > "${4#--file=}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("PGPASSWORD", "ours")
    monkeypatch.setenv("PORTAL_DATABASE_URL", OWN)
    assert copy_database(named, tmp_path).read_text() == (password or "none")
    monkeypatch.delenv("PORTAL_DATABASE_URL")
    assert copy_database(named, tmp_path).read_text() == ("theirs" if password == "theirs" else "none")


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_what_another_database_left_is_seen(tmp_path: Path, ending: str) -> None:
    url = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    assert not left_beside(url)
    left = tmp_path / f"portal.sqlite3{ending}"
    left.touch()
    assert left_beside(url) == [left]


def test_a_file_that_is_put_back_is_for_its_owner_alone(tmp_path: Path) -> None:
    copy, target = tmp_path / "copy", tmp_path / "new" / "portal.sqlite3"
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("CREATE TABLE t (a)")
    put_back(copy, f"sqlite:///{target}")
    assert target.stat().st_mode & 0o777 == 0o600
