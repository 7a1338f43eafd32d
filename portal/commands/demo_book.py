"""The demo's loan book as files, in the format that every lender sends, imported as every book is."""

import csv
import os
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Engine

from portal.adapters.rejected_rows import RejectedRows
from portal.clock import Clock
from portal.commands.book_counts import Counts
from portal.commands.book_run import BookRun, scan_folder
from portal.commands.demo_loans import CREDITOR, STAGES, DemoLoan, LenderBook
from portal.commands.demo_people import BORROWERS, borrower_ref
from portal.domain.book_columns import REQUIRED, BookFile
from portal.domain.loans import Components, InstallmentFacts
from portal.domain.money import format_minor

_PARTS: Final = ("principal", "interest", "fee", "penalty")
_COLUMNS: Final = {
    **REQUIRED,
    BookFile.BORROWERS: (*REQUIRED[BookFile.BORROWERS], "sex"),
    BookFile.LOANS: (*REQUIRED[BookFile.LOANS], "collection_stage", "stage_basis", "disputed"),
}
_CHANNELS: Final = ("bank", "alipay", "wechat")


def import_demo_book(
    engine: Engine, clock: Clock, book: LenderBook, *, as_of: date, refs: Collection[str], key: str
) -> Counts:
    """Write the loans named as they stand at the end of a day, and import the files. A row that is refused is a fault of ours."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_book(folder, book, as_of=as_of, refs=refs)
        with RejectedRows(Path(os.devnull), is_asked_for=False) as rejected:
            run = BookRun(
                engine, clock, scan_folder(folder), rejected=rejected, tell=lambda _rows: None, key=key
            )
            counts = run.run()
    if counts.rejected:
        raise RuntimeError(f"{counts.rejected} rows of the demo's own book were refused")
    return counts


def write_book(folder: Path, book: LenderBook, *, as_of: date, refs: Collection[str]) -> None:
    """The four files; a loan paid out later than ``as_of`` is not in the book yet."""
    loans = [loan for ref, loan in book.loans.items() if ref in refs and book.disbursed_on(ref) <= as_of]
    _write(folder, BookFile.BORROWERS, _borrower_rows())
    _write(folder, BookFile.LOANS, (_loan_row(book, loan, as_of) for loan in loans))
    _write(folder, BookFile.INSTALLMENTS, _installment_rows(book, loans, as_of))
    _write(folder, BookFile.PAYMENTS, _payment_rows(book, loans, as_of))


def _write(folder: Path, file: BookFile, rows: Iterator[Sequence[Any]]) -> None:
    with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(_COLUMNS[file])
        writer.writerows(rows)


def _borrower_rows() -> Iterator[Sequence[Any]]:
    for person in BORROWERS:
        yield (
            borrower_ref(person.key),
            person.name,
            person.mobile,
            person.id_last4,
            person.birth_year,
            person.locale,
            person.sex,
        )


def _loan_row(book: LenderBook, loan: DemoLoan, as_of: date) -> Sequence[Any]:
    rows = book.installments(loan.ref, as_of)
    stage = book.stage(loan.ref, rows, as_of)
    said = {
        "loan_ref": loan.ref,
        "borrower_ref": loan.borrower_ref,
        "product": loan.product,
        "currency": "CNY",
        "creditor": CREDITOR,
        "disbursed_on": book.disbursed_on(loan.ref).isoformat(),
        "principal": format_minor(loan.principal, "CNY"),
        "annual_rate_pct": loan.annual_rate_pct,
        "penalty_rate_pct": loan.penalty_rate_pct,
        "interest_method": "declining",
        "amortisation": "equal_installment",
        "day_count": "30/360",
        "has_guarantor": str(loan.has_guarantor).lower(),
        "status": _status(loan, rows),
        "as_of": as_of.isoformat(),
        "lender_type": loan.lender_type,
        "collection_stage": stage.value if stage else "",
        "stage_basis": STAGES[stage][1] if stage else "",
        "disputed": str(loan.is_disputed).lower(),
    }
    return [said[column] for column in _COLUMNS[BookFile.LOANS]]


def _status(loan: DemoLoan, rows: Sequence[InstallmentFacts]) -> str:
    if all(row.is_met for row in rows):
        return "closed"
    return "charged_off" if loan.is_charged_off else "active"


def _installment_rows(book: LenderBook, loans: Sequence[DemoLoan], as_of: date) -> Iterator[Sequence[Any]]:
    for loan in loans:
        for row in book.installments(loan.ref, as_of):
            yield loan.ref, row.number, row.due_on.isoformat(), *_money(row.due), *_money(row.paid)


def _payment_rows(book: LenderBook, loans: Sequence[DemoLoan], as_of: date) -> Iterator[Sequence[Any]]:
    for place, loan in enumerate(loans):
        channel = _CHANNELS[place % len(_CHANNELS)]
        for reference, paid_on, minor in book.payments(loan.ref, as_of):
            yield (
                reference,
                loan.ref,
                paid_on.isoformat(),
                format_minor(minor, "CNY"),
                channel,
                "false",
            )


def _money(parts: Components) -> Sequence[str]:
    return [format_minor(getattr(parts, part), "CNY") for part in _PARTS]
