"""The real book: 30,000 loans of the shared data, with the figures that counting its files gives."""

import pytest
from sqlalchemy import func, select

from portal.db import transaction
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.integration.commands.test_import_book import BOOK_TABLES
from tests.published import SHARED

FOLDER = SHARED / "data" / "real-book"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("on_the_casts_day"),
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real book: {FOLDER} is missing (PORTAL_SHARED)"),
]

FIGURES = """\
The loan book on 1 November 2026

Loans in CNY: 30,000
  Something overdue: 5,129 loans, CNY 61,101,200.83
  12 days past due: 2,062 loans, CNY 11,505,408.82
  42 days past due: 2,617 loans, CNY 39,269,419.77
  73 days past due: 310 loans, CNY 4,083,683.88
  104 days past due: 75 loans, CNY 2,254,768.66
  134 days past due: 27 loans, CNY 1,129,227.10
  165 days past due: 38 loans, CNY 2,858,692.60
  M1 (1-30 days): 2,062 loans, CNY 11,505,408.82
  M2 (31-60 days): 2,617 loans, CNY 39,269,419.77
  M3 (61-90 days): 310 loans, CNY 4,083,683.88
  M4+ (from 91 days): 140 loans, CNY 6,242,688.36
"""


def counts(database: Database) -> list[int]:
    with transaction(database.engine, writes=False) as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in BOOK_TABLES]


def test_the_real_book_lands_whole_once_and_its_figures_are_right(portal: Portal, database: Database) -> None:
    first = portal("import", FOLDER)
    assert first.exit_code == 0, first.output
    assert "Loans: 30,000 (30,000 new, 0 changed, 0 unchanged), 0 refused" in first.stdout
    assert portal("book", "--date", "2026-11-01").stdout == FIGURES
    assert counts(database) == [30_000, 1, 30_000, 486_475, 143_103]
    again = portal("import", FOLDER)
    assert "Loans: 30,000 (0 new, 0 changed, 30,000 unchanged), 0 refused" in again.stdout
    for run in (first, again):
        assert "Installments: 486,475\nPayments: 143,103\n" in run.stdout
        assert "paid columns: 29,082\nRejected: 0\n" in run.stdout
    assert portal("book", "--date", "2026-11-01").stdout == FIGURES
