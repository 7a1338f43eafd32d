"""A synthetic loan as the book's files write it, and as the tables keep it once it is imported."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from benchmarks.book_shape import (
    AS_OF,
    CREDITOR,
    DISBURSED_ON,
    LENDER_TYPE,
    PENALTY_PCT,
    PRODUCT,
    RATE_PCT,
)
from benchmarks.sealed_people import SEALED_COLUMNS, Person, sealed
from benchmarks.synthetic_loans import SyntheticLoan
from portal.domain.book_columns import REQUIRED, BookFile, Layout
from portal.domain.book_lines import Lines
from portal.domain.book_rows import RowGroup
from portal.models.keyring import Keyring
from portal.services.loan_rows import INSTALLMENT_COLUMNS, PAYMENT_COLUMNS

Cells = tuple[str, ...]
Row = tuple[Any, ...]

BORROWER_COLUMNS: Final = (
    "id", "public_id", "borrower_ref", *SEALED_COLUMNS, "birth_year", "locale", "is_staff_relation", "is_vulnerable",
)  # fmt: skip
LOAN_COLUMNS: Final = (
    "id", "public_id", "loan_ref", "borrower_id", "product", "currency", "creditor", "lender_type", "status",
    "disbursed_on", "principal_minor", "annual_rate_pct", "penalty_rate_pct", "amortisation", "interest_method",
    "day_count", "rounding", "every", "has_guarantor", "as_of", "closed_since", "facts_version", "content_digest",
)  # fmt: skip
TABLES: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("borrower", BORROWER_COLUMNS),
    ("loan", LOAN_COLUMNS),
    ("installment", INSTALLMENT_COLUMNS),
    ("payment", PAYMENT_COLUMNS),
)
_ISO, _DISBURSED = AS_OF.isoformat(), DISBURSED_ON.isoformat()
_RATE, _PENALTY = (format(Decimal(each).normalize(), "f") for each in (RATE_PCT, PENALTY_PCT))
_LAYOUTS: Final = {file: Layout.of(file, REQUIRED[file]) for file in BookFile}
_NOTHING: Final = "0.00"


def cells_of(loan: SyntheticLoan) -> dict[BookFile, list[Cells]]:
    """The lines of the files about it, in the order of the columns that a file must have."""
    ref, owner = f"L{loan.number:09}", f"B{loan.number:09}"
    return {
        BookFile.BORROWERS: [
            (owner, loan.name, _mobile(loan), loan.id_last4, str(loan.birth_year), "zh_CN"),
        ],
        BookFile.LOANS: [
            (
                ref, owner, PRODUCT, "CNY", CREDITOR, _DISBURSED, _money(loan.principal), RATE_PCT, PENALTY_PCT,
                "declining", "equal_principal", "act/365", "false", _status(loan), _ISO, LENDER_TYPE,
            ),
        ],
        BookFile.INSTALLMENTS: list(_installment_cells(loan, ref)),
        BookFile.PAYMENTS: [
            (_payment_ref(loan, place), ref, day, _money(amount), "bank", "false")
            for place, (day, amount) in enumerate(loan.payments)
        ],
    }  # fmt: skip


def rows_of(loan: SyntheticLoan, ring: Keyring, ahead: int = 0) -> dict[str, list[Row]]:
    """What the import makes of these lines, by table; ids are the loan's number and ``ahead``, days are ISO text."""
    key = loan.number + ahead
    cells = cells_of(loan)
    owner, ref = cells[BookFile.BORROWERS][0], cells[BookFile.LOANS][0]
    person = sealed(ring, Person(key, loan.borrower_key, *owner[1:4]))
    return {
        "borrower": [
            (
                key, loan.borrower_key, owner[0], *(person[name] for name in SEALED_COLUMNS), loan.birth_year, "zh_CN",
                False, False,
            ),
        ],
        "loan": [
            (
                key, loan.loan_key, ref[0], key, *ref[2:5], LENDER_TYPE, _status(loan), _DISBURSED, loan.principal,
                _RATE, _PENALTY, "equal_principal", "declining", "act/365", "half_even", "1 month", False, _ISO,
                None if loan.is_active else _ISO, 1, digest_of(ref[0], cells),
            ),
        ],
        "installment": [
            (
                key, part.number, part.due_on, part.principal, part.interest, 0, part.penalty,
                *((part.principal, part.interest) if part.is_paid else (0, 0)), 0, 0,
            )
            for part in loan.parts
        ],
        "payment": [
            (_payment_ref(loan, place), key, day, amount, "bank", False)
            for place, (day, amount) in enumerate(loan.payments)
        ],
    }  # fmt: skip


def digest_of(ref: str, cells: dict[BookFile, list[Cells]]) -> str:
    """What the import keeps of the loan's lines, to know them again."""
    lines: dict[BookFile, Lines] = {
        file: Lines(_LAYOUTS[file], ref, range(len(found)), [",".join(line) for line in found])
        for file, found in cells.items()
        if file is not BookFile.BORROWERS
    }
    return RowGroup(ref, lines).digest()


def _installment_cells(loan: SyntheticLoan, ref: str) -> Iterator[Cells]:
    for part in loan.parts:
        principal, interest = _money(part.principal), _money(part.interest)
        paid = (principal, interest) if part.is_paid else (_NOTHING, _NOTHING)
        yield (
            ref, str(part.number), part.due_on, principal, interest, _NOTHING, _money(part.penalty), *paid, _NOTHING,
            _NOTHING,
        )  # fmt: skip


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _mobile(loan: SyntheticLoan) -> str:
    return f"+86199{loan.number:08}"


def _payment_ref(loan: SyntheticLoan, place: int) -> str:
    return f"P{loan.number:09}{place}"


def _status(loan: SyntheticLoan) -> str:
    return "active" if loan.is_active else "closed"
