from datetime import date
from pathlib import Path

import pytest

from tests.books import small_book
from tests.integration.commands.conftest import Portal

pytestmark = pytest.mark.usefixtures("on_the_casts_day")


def test_the_figures_are_printed_for_the_day_that_is_asked_for(portal: Portal, tmp_path: Path) -> None:
    book = small_book(3)
    book.loans[2]["currency"] = "TWD"
    portal("import", book.write(tmp_path / "book"))
    done = portal("book", "--date", "2026-11-01")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[:6] == [
        "The loan book on 1 November 2026",
        "",
        "Loans in CNY: 2",
        "  Something overdue: 2 loans, CNY 2,079.72",
        "  20 days past due: 2 loans, CNY 2,079.72",
        "  M1 (1-30 days): 2 loans, CNY 2,079.72",
    ]
    assert lines[lines.index("Loans in TWD: 1") + 1] == "  Something overdue: 1 loan, TWD 1,039.86"


def test_penalty_that_grew_since_the_books_date_is_told_beside_it(portal: Portal, tmp_path: Path) -> None:
    portal("import", small_book(1, as_of=date(2026, 11, 1)).write(tmp_path / "book"))
    done = portal("book", "--date", "2026-11-11")
    assert "  Penalty grown since the book's date: CNY 4.93" in done.stdout.splitlines()


def test_no_loans_and_no_tables_are_told(portal: Portal, environment: dict[str, str], tmp_path: Path) -> None:
    assert "There are no loans." in portal("book", "--date", "2026-11-01").stdout
    environment["PORTAL_DATABASE_URL"] = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    done = portal("book")
    assert (done.exit_code, "portal migrate" in done.stderr) == (2, True)


def test_a_day_that_is_none_is_refused(portal: Portal) -> None:
    assert portal("book", "--date", "2026-02-30").exit_code == 2
