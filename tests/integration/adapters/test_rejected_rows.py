"""``rejected.csv`` is opened with a spreadsheet by whoever mends the book."""

import csv
from pathlib import Path

import pytest

from portal.adapters.rejected_rows import RejectedRows
from portal.domain.book_columns import BookFile
from portal.domain.book_rows import Violation
from portal.domain.errors import DomainError


@pytest.mark.parametrize(
    ("reference", "shown"),
    [("L-1001", "L-1001"), ("=1+1", ""), ("＝1+1", ""), ("|cmd", ""), ("%0A=1", ""), ("\u200b=1", "")],
)
def test_a_reference_that_a_spreadsheet_may_run_is_left_out(
    tmp_path: Path, reference: str, shown: str
) -> None:
    path = tmp_path / "rejected.csv"
    with RejectedRows(path, is_asked_for=True) as rejected:
        rejected.write(Violation(BookFile.LOANS, 2, "loan_ref", DomainError("x"), reference), "sentence")
    with path.open(encoding="utf-8-sig", newline="") as written:
        [row] = list(csv.DictReader(written))
    assert (row["reference"], row["sentence"]) == (shown, "sentence")
