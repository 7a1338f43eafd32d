"""A part of the real loan book, cut out of its files as they are: whole loans, with all that belongs to them."""

import csv
import gzip
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.published import SHARED

BOOK = SHARED / "data" / "real-book"
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RealBorrower:
    name: str
    mobile: str
    id_last4: str
    loan_ref: str


def find_real_book() -> Path:
    """The folder; skips, and says why, where it is missing."""
    if not (BOOK / "loans.csv.gz").is_file():
        pytest.skip(f"no real book: {BOOK} is missing (PORTAL_SHARED names the folder of shared data)")
    return BOOK


def cut_book(book: Path, folder: Path, *, loans: int) -> Path:
    """The first so many loans, in the format of the whole."""
    folder.mkdir()
    first = list(itertools.islice(_rows(book / "loans.csv.gz"), loans))
    refs = {row["loan_ref"] for row in first}
    _write(folder / "loans.csv", first)
    borrowers = {row["borrower_ref"] for row in first}
    _write(folder / "borrowers.csv", _of(book / "borrowers.csv.gz", "borrower_ref", borrowers))
    for name in ("installments", "payments"):
        _write(folder / f"{name}.csv", _of(book / f"{name}.csv.gz", "loan_ref", refs))
    return folder


def first_late_borrower(folder: Path, *, on: str) -> RealBorrower:
    """Whose loan is the first in the files to have something unpaid before ``on`` (ISO date)."""
    late = next(
        row["loan_ref"]
        for row in _rows(folder / "installments.csv")
        if row["due_on"] < on and row["principal_paid"] != row["principal_due"]
    )
    loan = next(row for row in _rows(folder / "loans.csv") if row["loan_ref"] == late)
    person = next(
        row for row in _rows(folder / "borrowers.csv") if row["borrower_ref"] == loan["borrower_ref"]
    )
    return RealBorrower(person["name"], person["mobile"], person["id_last4"], late)


def _of(path: Path, column: str, wanted: set[str]) -> Sequence[Row]:
    """The files follow the order of the loans, so that reading stops soon after the last one."""
    found: list[Row] = []
    for row in _rows(path):
        if row[column] in wanted:
            found.append(row)
        elif row[column] > max(wanted):
            break
    return found


def _rows(path: Path) -> Iterator[Row]:
    with _opened(path) as lines:
        yield from csv.DictReader(lines)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as packed:
            yield packed
    else:
        with path.open(encoding="utf-8", newline="") as plain:
            yield plain


def _write(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
