"""Figures to print, from the shell."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.commands import cli
from portal.db import transaction
from tests.databases import Database
from tests.people import add_cast


@pytest.fixture
def run(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> "type[Shell]":
    monkeypatch.setenv("PORTAL_DATABASE_URL", sqlite_database.url)
    monkeypatch.setenv("PORTAL_SECRET_KEY", "k" * 40)
    with transaction(sqlite_database.engine) as session:
        add_cast(session)
    return Shell


class Shell:
    @staticmethod
    def report(*words: str) -> Result:
        return CliRunner().invoke(cli, ["report", *words])


def test_a_month_is_written_where_it_is_wanted(run: type[Shell], tmp_path: Path) -> None:
    out = tmp_path / "october.pdf"
    done = run.report("month", "2026-10", "--locale", "en", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"%PDF-")
    assert "2026-10-01 – 2026-10-31" in done.output


@pytest.mark.parametrize(("month", "said"), [("2026-13", "Write the month"), ("2099-12", "still to come")])
def test_a_month_that_is_none_is_told(run: type[Shell], tmp_path: Path, month: str, said: str) -> None:
    done = run.report("year", month, "--locale", "en", "--out", str(tmp_path / "x.pdf"))
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "x.pdf").exists()


def test_a_folder_that_is_not_there_is_told(run: type[Shell], tmp_path: Path) -> None:
    done = run.report("month", "2026-10", "--locale", "en", "--out", str(tmp_path / "no" / "x.pdf"))
    assert done.exit_code == 1
    assert "x.pdf" in done.output
