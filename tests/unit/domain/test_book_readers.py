"""Which cells each column of a loan book takes, and on which column it refuses another."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from portal.domain.book_columns import COLUMNS, BookFile
from portal.domain.book_readers import BORROWER_READERS, installment_readers, loan_readers, payment_readers
from portal.domain.book_values import Reader
from portal.domain.errors import DomainError

CASES = [
    ("borrowers", "borrower_ref", "B-1", "B-1", "=B", "reference_unclear"),
    ("borrowers", "name", "李" * 200, "李" * 200, "李" * 201, "text_longer_than"),
    ("borrowers", "mobile", "+8613800138000", "+8613800138000", "13800138000", "mobile_not_international"),
    ("borrowers", "id_last4", "123x", "123X", "12", "id_ending_unclear"),
    ("borrowers", "birth_year", "1900", 1900, "1899", "value_out_of_range"),
    ("borrowers", "birth_year", "2100", 2100, "2101", "value_out_of_range"),
    ("borrowers", "birth_year", "", None, "x", "value_not_whole"),
    ("borrowers", "locale", "en", "en", "fr", "value_not_a_choice"),
    ("borrowers", "locale", "", "zh_CN", "zh", "value_not_a_choice"),
    ("borrowers", "email", "a@b.cn", "a@b.cn", "a@b", "email_unclear"),
    ("borrowers", "email", "a" * 249 + "@b.cn", "a" * 249 + "@b.cn", "a" * 250 + "@b.cn", "text_longer_than"),
    ("borrowers", "id_hash", "0" * 64, "0" * 64, "xyz", "id_hash_unclear"),
    ("borrowers", "id_hash", "", None, "0" * 65, "text_longer_than"),
    ("borrowers", "sex", "女", "female", "x", "value_not_a_choice"),
    ("loans", "loan_ref", "L-1", "L-1", "", "value_missing"),
    ("loans", "borrower_ref", "B-1", "B-1", "", "value_missing"),
    ("loans", "product", "c" * 64, "c" * 64, "c" * 65, "text_longer_than"),
    ("loans", "currency", "KWD", "KWD", "XXY", "currency_unknown"),
    ("loans", "creditor", "C" * 200, "C" * 200, "C" * 201, "text_longer_than"),
    ("loans", "disbursed_on", "2026-01-15", date(2026, 1, 15), "15.1.2026", "date_unclear"),
    ("loans", "principal", "1.234", 1234, "1.2345", "amount_too_precise"),
    ("loans", "annual_rate_pct", "12.50", Decimal("12.5"), "12%", "value_not_a_number"),
    ("loans", "penalty_rate_pct", "18", Decimal(18), "18%", "value_not_a_number"),
    ("loans", "interest_method", "flat", "flat", "steep", "value_not_a_choice"),
    ("loans", "amortisation", "equal_principal", "equal_principal", "flat", "value_not_a_choice"),
    ("loans", "day_count", "30/360", "30/360", "30", "value_not_a_choice"),
    ("loans", "has_guarantor", "true", True, "yes", "value_not_a_choice"),
    ("loans", "status", "closed", "closed", "open", "value_not_a_choice"),
    ("loans", "as_of", "2026-09-10", date(2026, 9, 10), "", "value_missing"),
    ("loans", "lender_type", "bank", "bank", "shop", "value_not_a_choice"),
    ("loans", "rounding", "", "half_even", "up", "value_not_a_choice"),
    ("loans", "rounding", "floor", "floor", "ceiling", "value_not_a_choice"),
    ("loans", "multiple", "100", 100, "7", "multiple_unknown"),
    ("loans", "multiple", "", None, "0", "multiple_unknown"),
    ("loans", "every", "", "1 month", "often", "period_unclear"),
    ("loans", "every", "2 weeks", "2 weeks", "0 weeks", "period_unclear"),
    ("loans", "allocation", "a" * 200, "a" * 200, "a" * 201, "text_longer_than"),
    ("loans", "collection_stage", "agency", "agency", "court", "value_not_a_choice"),
    ("loans", "stage_basis", "a" * 200, "a" * 200, "a" * 201, "text_longer_than"),
    ("loans", "disputed", "", None, "maybe", "value_not_a_choice"),
    ("loans", "disputed", "false", False, "no", "value_not_a_choice"),
    ("loans", "dpd", "0", 0, "-1", "value_not_whole"),
    ("loans", "plan_ref", "", None, " P", "reference_unclear"),
    ("installments", "loan_ref", "L-1", "L-1", None, None),
    ("installments", "number", "1", 1, "0", "value_out_of_range"),
    ("installments", "due_on", "2026-01-15", date(2026, 1, 15), "soon", "date_unclear"),
    *(
        ("installments", f"{part}_{how}", "1.234", 1234, "x", "amount_not_a_number")
        for part in ("principal", "interest", "fee", "penalty")
        for how in ("due", "paid")
    ),
    ("payments", "payment_ref", "P-1", "P-1", "", "value_missing"),
    ("payments", "loan_ref", "L-1", "L-1", None, None),
    ("payments", "paid_on", "2026-01-15", date(2026, 1, 15), "", "value_missing"),
    ("payments", "amount", "1.234", 1234, "-1.000", "amount_negative"),
    ("payments", "channel", "c" * 40, "c" * 40, "c" * 41, "text_longer_than"),
    ("payments", "reversed", "0", False, "", "value_missing"),
]


def readers_of(file: BookFile) -> Sequence[Reader]:
    """Of a book in Kuwaiti dinars, which have three decimals."""
    match file:
        case BookFile.BORROWERS:
            return BORROWER_READERS
        case BookFile.LOANS:
            return loan_readers("KWD")
        case BookFile.INSTALLMENTS:
            return installment_readers("KWD")
        case BookFile.PAYMENTS:
            return payment_readers("KWD")


@pytest.mark.parametrize(("file", "column", "cell", "value", "other", "code"), CASES)
def test_a_column_takes_its_own_values_and_refuses_others_by_its_name(
    file: str, column: str, cell: str, value: object, other: str | None, code: str | None
) -> None:
    read = readers_of(BookFile(file))[COLUMNS[BookFile(file)].index(column)]
    assert read(cell) == value
    assert type(read(cell)) is type(value) or isinstance(value, str)
    if other is not None:
        with pytest.raises(DomainError) as refused:
            read(other)
        assert (refused.value.code, refused.value.field) == (code, column)


def test_every_column_is_in_the_table() -> None:
    assert {(file, column) for file, column, *_ in CASES} == {
        (file.value, column) for file, columns in COLUMNS.items() for column in columns
    }


@pytest.mark.parametrize("file", BookFile)
def test_there_is_a_reader_for_each_column(file: BookFile) -> None:
    assert len(readers_of(file)) == len(COLUMNS[file])


def test_a_book_in_an_unknown_currency_has_no_readers() -> None:
    for readers in (loan_readers, installment_readers, payment_readers):
        with pytest.raises(DomainError, match="currency_unknown"):
            readers("XXY")
