"""Small loan books for tests, written as the files of the import format."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal.domain.book_columns import REQUIRED, BookFile, Layout
from portal.domain.book_lines import Block, Lines, lines_by_key
from portal.domain.calendar import add_months

Row = dict[str, str]
AS_OF = date(2026, 11, 1)


@dataclass(slots=True)
class Book:
    """Rows by file; tests bend them before they are written."""

    rows: dict[BookFile, list[Row]]

    @property
    def borrowers(self) -> list[Row]:
        return self.rows[BookFile.BORROWERS]

    @property
    def loans(self) -> list[Row]:
        return self.rows[BookFile.LOANS]

    @property
    def installments(self) -> list[Row]:
        return self.rows[BookFile.INSTALLMENTS]

    @property
    def payments(self) -> list[Row]:
        return self.rows[BookFile.PAYMENTS]

    def write(self, folder: Path, *, encoding: str = "utf-8", packed: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for file, rows in self.rows.items():
            body = csv_of(file, rows).encode(encoding)
            path = folder / (f"{file}.csv.gz" if packed else f"{file}.csv")
            path.write_bytes(gzip.compress(body) if packed else body)
        return folder


def csv_of(file: BookFile, rows: Sequence[Mapping[str, str]]) -> str:
    """Columns as the first row has them, else those that the format asks for."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else list(REQUIRED[file]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def book_lines(file: BookFile, rows: Sequence[Mapping[str, str]]) -> Iterator[Lines]:
    """As the import reads them, without a file; rows must stand in the order of their keys."""
    header, *texts = csv_of(file, rows).rstrip("\n").split("\n")
    return lines_by_key(Layout.of(file, header.split(",")), [Block.of(range(2, len(texts) + 2), texts)])


def small_book(loans: int = 3, *, as_of: date = AS_OF) -> Book:
    """Each loan: 3,000.00 in three monthly installments, the first paid, the second late since 12 October."""
    book = Book({file: [] for file in BookFile})
    for number in range(1, loans + 1):
        book.borrowers.append(borrower_row(number))
        book.loans.append(loan_row(number, as_of=as_of))
        book.installments.extend(installment_row(number, part) for part in (1, 2, 3))
        book.payments.append(payment_row(number))
    return book


def borrower_row(number: int, **others: str) -> Row:
    return {
        "borrower_ref": f"B{number:04}",
        "name": f"李娜{number}",
        "mobile": f"+86138{number:08}",
        "id_last4": "102x",
        "birth_year": "1990",
        "locale": "zh_CN",
        **others,
    }


def loan_row(number: int, *, as_of: date = AS_OF, **others: str) -> Row:
    return {
        "loan_ref": f"L{number:04}",
        "borrower_ref": f"B{number:04}",
        "product": "cash_loan",
        "currency": "CNY",
        "creditor": "安心消费金融有限公司",
        "disbursed_on": "2026-08-12",
        "principal": "3000.00",
        "annual_rate_pct": "12.00",
        "penalty_rate_pct": "18.00",
        "interest_method": "declining",
        "amortisation": "equal_principal",
        "day_count": "act/365",
        "has_guarantor": "false",
        "status": "active",
        "as_of": as_of.isoformat(),
        "lender_type": "consumer_finance",
        **others,
    }


def installment_row(loan: int, number: int, **others: str) -> Row:
    is_paid = number == 1
    return {
        "loan_ref": f"L{loan:04}",
        "number": str(number),
        "due_on": add_months(date(2026, 8, 12), number).isoformat(),
        "principal_due": "1000.00",
        "interest_due": "30.00",
        "fee_due": "0.00",
        "penalty_due": "9.86" if number == 2 else "0.00",
        "principal_paid": "1000.00" if is_paid else "0.00",
        "interest_paid": "30.00" if is_paid else "0.00",
        "fee_paid": "0.00",
        "penalty_paid": "0.00",
        **others,
    }


def payment_row(loan: int, **others: str) -> Row:
    return {
        "payment_ref": f"P{loan:04}",
        "loan_ref": f"L{loan:04}",
        "paid_on": "2026-09-12",
        "amount": "1030.00",
        "channel": "bank",
        "reversed": "false",
        **others,
    }


def with_columns(rows: list[Row], **columns: Any) -> None:
    """Give every row further columns."""
    for row in rows:
        row.update({name: str(value) for name, value in columns.items()})
