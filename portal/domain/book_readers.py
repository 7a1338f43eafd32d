"""A reader for each column of each file of a loan book."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

from portal.domain import book_values as values
from portal.domain.book_columns import COLUMNS, BookFile
from portal.domain.book_values import Reader
from portal.domain.day_counts import DayCount
from portal.domain.loans import LenderType, LoanStatus, Stage
from portal.domain.rounding import Rounding
from portal.domain.schedules import Amortisation, InterestMethod


def _readers(file: BookFile, readers: Mapping[str, Reader]) -> tuple[Reader, ...]:
    return tuple(readers[column] for column in COLUMNS[file])


def _remembered(readers: Sequence[Reader], *, but: Collection[str], file: BookFile) -> tuple[Reader, ...]:
    """Each keeps what it read last: most cells of a column are like one before them."""
    pairs = zip(COLUMNS[file], readers, strict=True)
    return tuple(reader if column in but else lru_cache(maxsize=512)(reader) for column, reader in pairs)


def _of(reader: Callable[..., Any], column: str, **options: object) -> Reader:
    return partial(reader, column=column, **options)


def _maybe(reader: Callable[..., Any], column: str, default: object = None, **options: object) -> Reader:
    return partial(values.optional, reader=_of(reader, column, **options), default=default)


BORROWER_READERS: Final = _readers(
    BookFile.BORROWERS,
    {
        "borrower_ref": _of(values.reference, "borrower_ref"),
        "name": _of(values.plain_text, "name", longest=200),
        "mobile": _of(values.mobile, "mobile"),
        "id_last4": _of(values.id_ending, "id_last4"),
        "birth_year": _maybe(values.whole, "birth_year", smallest=1900, largest=2100),
        "locale": _maybe(values.choice, "locale", values.BorrowerLocale.ZH_CN, kind=values.BorrowerLocale),
        "email": _maybe(values.matching, "email", pattern=values.EMAIL, code="email_unclear", longest=254),
        "id_hash": _maybe(
            values.matching, "id_hash", pattern=values.ID_HASH, code="id_hash_unclear", longest=64
        ),
        "sex": _maybe(values.sex, "sex"),
    },
)


@lru_cache(maxsize=64)
def loan_readers(currency_code: str) -> tuple[Reader, ...]:
    """A reader for each column of ``loans``; ``currency_unknown`` where the book has another currency."""
    readers = _readers(
        BookFile.LOANS,
        {
            "loan_ref": _of(values.reference, "loan_ref"),
            "borrower_ref": _of(values.reference, "borrower_ref"),
            "product": _of(values.plain_text, "product", longest=64),
            "currency": _of(values.currency, "currency"),
            "creditor": _of(values.plain_text, "creditor", longest=200),
            "disbursed_on": _of(values.day, "disbursed_on"),
            "principal": values.amount_reader(currency_code, column="principal"),
            "annual_rate_pct": _of(values.rate, "annual_rate_pct"),
            "penalty_rate_pct": _of(values.rate, "penalty_rate_pct"),
            "interest_method": _of(values.choice, "interest_method", kind=InterestMethod),
            "amortisation": _of(values.choice, "amortisation", kind=Amortisation),
            "day_count": _of(values.choice, "day_count", kind=DayCount),
            "has_guarantor": _of(values.boolean, "has_guarantor"),
            "status": _of(values.choice, "status", kind=LoanStatus),
            "as_of": _of(values.day, "as_of"),
            "lender_type": _of(values.choice, "lender_type", kind=LenderType),
            "rounding": _maybe(values.choice, "rounding", Rounding.HALF_EVEN, kind=Rounding),
            "multiple": _maybe(values.multiple, "multiple"),
            "every": _maybe(values.period, "every", "1 month"),
            "allocation": _maybe(values.plain_text, "allocation", longest=200),
            "collection_stage": _maybe(values.choice, "collection_stage", kind=Stage),
            "stage_basis": _maybe(values.plain_text, "stage_basis", longest=200),
            "disputed": _maybe(values.boolean, "disputed"),
            "dpd": _maybe(values.whole, "dpd"),
            "plan_ref": _maybe(values.reference, "plan_ref"),
        },
    )
    return _remembered(
        readers, but={"loan_ref", "borrower_ref", "principal", "plan_ref"}, file=BookFile.LOANS
    )


@lru_cache(maxsize=64)
def installment_readers(currency_code: str) -> tuple[Reader, ...]:
    """``loan_ref`` is read as it stands: the row was found by it."""
    amounts = tuple(values.amount_reader(currency_code, column=c) for c in COLUMNS[BookFile.INSTALLMENTS][3:])
    number = lru_cache(maxsize=1024)(_of(values.whole, "number", smallest=1))
    return (str, number, _of(values.day, "due_on"), *amounts)


@lru_cache(maxsize=64)
def payment_readers(currency_code: str) -> tuple[Reader, ...]:
    return _readers(
        BookFile.PAYMENTS,
        {
            "payment_ref": _of(values.reference, "payment_ref"),
            "loan_ref": str,
            "paid_on": _of(values.day, "paid_on"),
            "amount": values.amount_reader(currency_code, column="amount"),
            "channel": _of(values.plain_text, "channel", longest=values.LONGEST_CHANNEL),
            "reversed": _of(values.boolean, "reversed"),
        },
    )
