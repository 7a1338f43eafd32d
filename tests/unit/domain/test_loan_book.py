from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.book_borrowers import BookBorrower, read_borrower
from portal.domain.book_columns import COLUMNS, BookFile, Layout
from portal.domain.book_lines import MOST_ROWS, Lines
from portal.domain.book_loans import BookLoan
from portal.domain.book_rows import RowGroup, Violation, grouped
from portal.domain.book_values import quick_amount, quick_amounts
from portal.domain.errors import DomainError
from portal.domain.loan_book import read_loan
from portal.domain.loans import Components, LenderType, LoanFacts, LoanStatus
from portal.domain.money import parse_minor
from tests.books import (
    Book,
    book_lines,
    borrower_row,
    installment_row,
    loan_row,
    payment_row,
    small_book,
    with_columns,
)

LOAN_FILES = (BookFile.LOANS, BookFile.INSTALLMENTS, BookFile.PAYMENTS)
Bend = Callable[[Book], Any]


def groups_of(book: Book, *files: BookFile) -> list[RowGroup]:
    return list(grouped({file: book_lines(file, book.rows[file]) for file in files}))


def only_loan(book: Book) -> BookLoan:
    (group,) = groups_of(book, *LOAN_FILES)
    found = read_loan(group, group.digest())
    assert isinstance(found, BookLoan), found
    return found


def refusals(book: Book) -> list[tuple[str, int, str, str]]:
    told: list[Violation] = []
    for group in groups_of(book, BookFile.BORROWERS):
        borrower = read_borrower(group)
        told += [] if isinstance(borrower, BookBorrower) else borrower
    for group in groups_of(book, *LOAN_FILES):
        loan = read_loan(group, "")
        told += [] if isinstance(loan, BookLoan) else loan
    return [(v.file.value, v.line, v.column, v.error.code) for v in told]


def test_a_sound_loan_is_read_into_its_facts() -> None:
    loan = only_loan(small_book(1))
    assert (loan.borrower_ref, loan.facts.principal) == ("B0001", 300_000)
    assert loan.facts.installments[1].outstanding == Components(100_000, 3_000, 0, 986)
    assert loan.facts.payments == (("P0001", date(2026, 9, 12), 103_000),)
    assert (loan.facts.rounding, loan.facts.every, loan.facts.multiple) == ("half_even", "1 month", None)
    assert (loan.is_disputed, loan.collection_stage, loan.plan_ref, loan.allocation) == (
        None,
        None,
        None,
        None,
    )


def test_optional_columns_are_read_where_they_are_filled() -> None:
    book = small_book(1)
    with_columns(
        book.loans,
        rounding="half_up",
        multiple=10,
        every="2 weeks",
        allocation="fee,penalty",
        collection_stage="agency",
        stage_basis="逾期超过 20 天",
        disputed="true",
        dpd=20,
        plan_ref="PLAN-7",
    )
    loan = only_loan(book)
    assert (loan.facts.rounding, loan.facts.multiple, loan.facts.every) == ("half_up", 10, "2 weeks")
    assert (loan.collection_stage, loan.stage_basis, loan.is_disputed) == ("agency", "逾期超过 20 天", True)
    assert (loan.plan_ref, loan.allocation) == ("PLAN-7", "fee,penalty")


@pytest.mark.parametrize(("cell", "is_disputed"), [("true", True), ("false", False), ("", None)])
def test_an_empty_cell_is_not_a_no(cell: str, is_disputed: bool | None) -> None:
    book = small_book(1)
    with_columns(book.loans, disputed=cell)
    assert only_loan(book).is_disputed is is_disputed


def test_one_rate_written_in_two_ways_is_one_rate() -> None:
    first, second = small_book(1), small_book(1)
    second.loans[0]["annual_rate_pct"] = "12"
    assert only_loan(first).facts.fingerprint() == only_loan(second).facts.fingerprint()
    assert str(only_loan(first).facts.annual_rate_pct) == "12"


def test_a_loan_without_installments_owes_nothing() -> None:
    book = small_book(1)
    book.installments.clear()
    book.loans[0].update(principal="0.00", status="closed")
    assert only_loan(book).facts.installments == ()


def change(file: str, row: int, **cells: str) -> Bend:
    return lambda book: book.rows[BookFile(file)][row].update(cells)


REFUSALS: list[tuple[str, Bend, tuple[str, int, str, str]]] = [
    (
        "principal",
        change("loans", 0, principal="2999.99"),
        ("loans", 2, "principal", "principal_not_the_sum"),
    ),
    ("currency", change("loans", 0, currency="XXX"), ("loans", 2, "currency", "currency_unknown")),
    ("status", change("loans", 0, status="open"), ("loans", 2, "status", "value_not_a_choice")),
    (
        "amortisation",
        change("loans", 0, amortisation="x"),
        ("loans", 2, "amortisation", "value_not_a_choice"),
    ),
    (
        "interest",
        change("loans", 0, interest_method="x"),
        ("loans", 2, "interest_method", "value_not_a_choice"),
    ),
    ("day count", change("loans", 0, day_count="act/1"), ("loans", 2, "day_count", "value_not_a_choice")),
    ("lender", change("loans", 0, lender_type="shop"), ("loans", 2, "lender_type", "value_not_a_choice")),
    (
        "guarantor",
        change("loans", 0, has_guarantor="maybe"),
        ("loans", 2, "has_guarantor", "value_not_a_choice"),
    ),
    ("rate", change("loans", 0, annual_rate_pct="-1"), ("loans", 2, "annual_rate_pct", "value_not_a_number")),
    (
        "large rate",
        change("loans", 0, annual_rate_pct="10001"),
        ("loans", 2, "annual_rate_pct", "rate_out_of_range"),
    ),
    ("date", change("loans", 0, disbursed_on="2026-02-30"), ("loans", 2, "disbursed_on", "date_unclear")),
    ("no date", change("loans", 0, as_of=""), ("loans", 2, "as_of", "value_missing")),
    ("no product", change("loans", 0, product=" "), ("loans", 2, "product", "value_missing")),
    ("long creditor", change("loans", 0, creditor="x" * 201), ("loans", 2, "creditor", "text_longer_than")),
    ("broken text", change("loans", 0, creditor="a\ufffdb"), ("loans", 2, "creditor", "text_broken")),
    ("turned around", change("loans", 0, creditor="a\u202eb"), ("loans", 2, "creditor", "text_broken")),
    ("nothing to see", change("loans", 0, creditor="\u200b\ufeff"), ("loans", 2, "creditor", "text_broken")),
    ("control character", change("loans", 0, product="a\x00b"), ("loans", 2, "product", "text_broken")),
    (
        "stage",
        change("loans", 0, collection_stage="court"),
        ("loans", 2, "collection_stage", "value_not_a_choice"),
    ),
    ("multiple", change("loans", 0, multiple="7"), ("loans", 2, "multiple", "multiple_unknown")),
    ("every", change("loans", 0, every="monthly"), ("loans", 2, "every", "period_unclear")),
    ("rounding", change("loans", 0, rounding="up"), ("loans", 2, "rounding", "value_not_a_choice")),
    ("disputed", change("loans", 0, disputed="?"), ("loans", 2, "disputed", "value_not_a_choice")),
    ("dpd", change("loans", 0, dpd="21"), ("loans", 2, "dpd", "dpd_differs")),
    ("dpd text", change("loans", 0, dpd="x"), ("loans", 2, "dpd", "value_not_whole")),
    ("plan", change("loans", 0, plan_ref=" p"), ("loans", 2, "plan_ref", "reference_unclear")),
    ("formula", change("loans", 0, borrower_ref="=1+1"), ("loans", 2, "borrower_ref", "reference_unclear")),
    ("loan twice", lambda b: b.loans.append(loan_row(1)), ("loans", 3, "loan_ref", "reference_repeated")),
    ("gap", change("installments", 2, number="4"), ("installments", 4, "number", "number_missing")),
    (
        "first is 2",
        lambda b: [row.update(number=str(int(row["number"]) + 1)) for row in b.installments],
        ("installments", 2, "number", "number_missing"),
    ),
    ("number twice", change("installments", 2, number="2"), ("installments", 4, "number", "number_repeated")),
    ("number 0", change("installments", 0, number="0"), ("installments", 2, "number", "value_out_of_range")),
    (
        "half number",
        change("installments", 0, number="1.5"),
        ("installments", 2, "number", "value_not_whole"),
    ),
    (
        "dates fall",
        change("installments", 2, due_on="2026-10-12"),
        ("installments", 4, "due_on", "dates_not_rising"),
    ),
    (
        "overpaid",
        change("installments", 1, fee_paid="0.01"),
        ("installments", 3, "fee_paid", "paid_above_due"),
    ),
    (
        "overpaid beside what is paid exactly",
        change("installments", 0, fee_paid="0.01"),
        ("installments", 2, "fee_paid", "paid_above_due"),
    ),
    (
        "amount text",
        change("installments", 1, fee_due="abc"),
        ("installments", 3, "fee_due", "amount_not_a_number"),
    ),
    (
        "exponent",
        change("installments", 1, fee_due="1e9"),
        ("installments", 3, "fee_due", "amount_not_a_number"),
    ),
    ("negative", change("installments", 1, fee_due="-1"), ("installments", 3, "fee_due", "amount_negative")),
    (
        "precise",
        change("installments", 1, fee_due="0.001"),
        ("installments", 3, "fee_due", "amount_too_precise"),
    ),
    ("no amount", change("installments", 1, fee_due=""), ("installments", 3, "fee_due", "amount_missing")),
    (
        "slashes",
        change("installments", 1, due_on="2026/10/12"),
        ("installments", 3, "due_on", "date_unclear"),
    ),
    (
        "orphan",
        lambda b: b.installments.append(installment_row(9, 1)),
        ("installments", 5, "loan_ref", "loan_ref_unknown"),
    ),
    (
        "orphan payment",
        lambda b: b.payments.append(payment_row(9)),
        ("payments", 3, "loan_ref", "loan_ref_unknown"),
    ),
    ("no reference", change("payments", 0, loan_ref=""), ("payments", 2, "loan_ref", "value_missing")),
    (
        "payment twice",
        lambda b: b.payments.append(payment_row(1, amount="5.00")),
        ("payments", 3, "payment_ref", "reference_repeated"),
    ),
    ("payment date", change("payments", 0, paid_on="today"), ("payments", 2, "paid_on", "date_unclear")),
    (
        "paid after the book's day",
        change("payments", 0, paid_on="2026-11-02"),
        ("payments", 2, "paid_on", "payment_after_book"),
    ),
    ("reversed", change("payments", 0, reversed="x"), ("payments", 2, "reversed", "value_not_a_choice")),
    ("channel", change("payments", 0, channel="x" * 41), ("payments", 2, "channel", "text_longer_than")),
    (
        "mobile",
        change("borrowers", 0, mobile="13800138000"),
        ("borrowers", 2, "mobile", "mobile_not_international"),
    ),
    (
        "fixed line",
        change("borrowers", 0, mobile="+862112345678"),
        ("borrowers", 2, "mobile", "mobile_not_international"),
    ),
    ("no mobile", change("borrowers", 0, mobile="call me"), ("borrowers", 2, "mobile", "mobile_unclear")),
    ("ending", change("borrowers", 0, id_last4="12X4"), ("borrowers", 2, "id_last4", "id_ending_unclear")),
    ("year", change("borrowers", 0, birth_year="1899"), ("borrowers", 2, "birth_year", "value_out_of_range")),
    ("locale", change("borrowers", 0, locale="fr"), ("borrowers", 2, "locale", "value_not_a_choice")),
    ("e-mail", change("borrowers", 0, email="nobody"), ("borrowers", 2, "email", "email_unclear")),
    ("hash", change("borrowers", 0, id_hash="xyz"), ("borrowers", 2, "id_hash", "id_hash_unclear")),
    (
        "borrower twice",
        lambda b: b.borrowers.append(borrower_row(1)),
        ("borrowers", 3, "borrower_ref", "reference_repeated"),
    ),
]


@pytest.mark.parametrize(("bend", "refusal"), [pytest.param(*rest, id=name) for name, *rest in REFUSALS])
def test_what_is_wrong_is_told_with_file_line_column_and_code(
    bend: Bend, refusal: tuple[str, int, str, str]
) -> None:
    book = small_book(1)
    bend(book)
    assert refusals(book) == [refusal]


def test_all_that_is_wrong_with_a_loan_is_told_at_once() -> None:
    book = small_book(1)
    book.loans[0].update(status="open", day_count="x")
    book.installments[1].update(fee_due="abc", due_on="soon")
    assert refusals(book) == [
        ("loans", 2, "day_count", "value_not_a_choice"),
        ("loans", 2, "status", "value_not_a_choice"),
        ("installments", 3, "due_on", "date_unclear"),
        ("installments", 3, "fee_due", "amount_not_a_number"),
    ]


def test_a_principal_that_is_not_the_sum_is_told_beside_it_in_the_books_currency() -> None:
    book = small_book(1)
    book.loans[0].update(currency="KWD", principal="1.5")
    (group,) = groups_of(book, *LOAN_FILES)
    told = read_loan(group, "")
    assert not isinstance(told, BookLoan)
    (details,) = [each.error.details for each in told if each.error.code == "principal_not_the_sum"]
    assert details == {"currency": "KWD", "stated": "1.500", "found": "3000.000"}


def test_one_bad_loan_leaves_the_others_alone() -> None:
    book = small_book(3)
    book.installments[3]["number"] = "7"
    read = [read_loan(group, "") for group in groups_of(book, *LOAN_FILES)]
    assert [isinstance(found, BookLoan) for found in read] == [True, False, True]


def test_the_same_payment_row_twice_is_one_payment() -> None:
    book = small_book(1)
    book.payments.append(dict(book.payments[0]))
    assert len(only_loan(book).payments) == 1


def test_a_reversed_payment_is_kept_and_is_no_fact() -> None:
    book = small_book(1)
    book.payments[0]["reversed"] = "true"
    loan = only_loan(book)
    assert (len(loan.payments), loan.facts.payments) == (1, ())


def test_installments_may_stand_in_any_order() -> None:
    book = small_book(1)
    book.installments.reverse()
    assert [row.number for row in only_loan(book).facts.installments] == [1, 2, 3]


def test_a_line_of_another_width_is_broken() -> None:
    layout = Layout.of(BookFile.PAYMENTS, COLUMNS[BookFile.PAYMENTS])
    (row,) = Lines(layout, "L0001", [7], ["P1,L0001"]).rows
    assert (row.is_whole, row.cells[:2]) == (False, ("P1", "L0001"))
    (group,) = groups_of(small_book(1), BookFile.LOANS)
    payments = Lines(layout, "L0001", [7], ["P1,L0001"])
    found = read_loan(RowGroup("L0001", {**group.lines, BookFile.PAYMENTS: payments}), "")
    assert not isinstance(found, BookLoan)
    assert (found[0].line, found[0].error.code) == (7, "row_broken")


def test_a_loan_with_endless_rows_is_refused_without_keeping_them() -> None:
    (payment,) = small_book(1).payments
    book = small_book(1)
    book.rows[BookFile.PAYMENTS] = [
        {**payment, "payment_ref": f"P{number}"} for number in range(MOST_ROWS + 500)
    ]
    (group,) = groups_of(book, BookFile.LOANS, BookFile.PAYMENTS)
    assert len(group.of(BookFile.PAYMENTS)) == MOST_ROWS + 1
    found = read_loan(group, "")
    assert not isinstance(found, BookLoan)
    assert found[0].error.code == "rows_too_many"


def test_columns_are_found_in_any_order_and_optional_ones_may_lack() -> None:
    header = list(reversed(COLUMNS[BookFile.PAYMENTS]))
    row = Layout.of(BookFile.PAYMENTS, header).row(2, ["f", "c", "1.00", "2026-01-01", "L", "P"])
    assert row.cells == ("P", "L", "2026-01-01", "1.00", "c", "f")


@pytest.mark.parametrize(
    ("header", "code", "column"),
    [
        ([*COLUMNS[BookFile.PAYMENTS], "colour"], "column_unknown", "colour"),
        ([*COLUMNS[BookFile.PAYMENTS], "amount"], "column_repeated", "amount"),
        (list(COLUMNS[BookFile.PAYMENTS][1:]), "column_missing", "payment_ref"),
    ],
)
def test_a_header_is_refused_by_the_column_that_is_wrong(header: list[str], code: str, column: str) -> None:
    with pytest.raises(DomainError) as refused:
        Layout.of(BookFile.PAYMENTS, header)
    assert (refused.value.code, refused.value.details["column"]) == (code, column)


def test_the_digest_heeds_every_cell_and_no_order() -> None:
    def digest(book: Book) -> str:
        return groups_of(book, *LOAN_FILES)[0].digest()

    shuffled = small_book(1)
    shuffled.installments.reverse()
    assert digest(shuffled) == digest(small_book(1))
    for file in LOAN_FILES:
        for column in small_book(1).rows[file][0]:
            other = small_book(1)
            if column != "loan_ref":
                other.rows[file][0][column] += "1"
                assert digest(other) != digest(small_book(1)), column


texts = st.text("0123456789.-e １٣", max_size=20) | st.decimals(0, 10**12, places=2).map(str)


@given(texts, st.sampled_from(["CNY", "JPY", "KWD"]))
@example("0.00", "CNY")
@example("1.00", "JPY")
@example("99999999999999.99", "CNY")
@example("12", "JPY")
@example(".50", "CNY")
def test_the_quick_way_to_read_an_amount_equals_the_slow_one(text: str, currency: str) -> None:
    quick = quick_amount(text, {"CNY": 2, "JPY": 0, "KWD": 3}[currency])
    if quick is not None:
        assert quick == parse_minor(text, currency)


plain_amounts = st.integers(0, 2).flatmap(
    lambda shape: st.tuples(
        st.just((0, 2, 3)[shape]),
        st.lists(st.decimals(0, 10**11, places=(0, 2, 3)[shape]).map(str), max_size=6),
    )
)


@given(plain_amounts, st.lists(texts, max_size=1))
@example((3, ["1.250", "0.000"]), [])
@example((0, ["1250", "0"]), [])
@example((2, ["12345678901.00"]), [])
@example((2, ["123456789012.00"]), [])
@example((0, ["1.5"]), [])
def test_a_column_of_amounts_is_read_as_each_by_itself(drawn: tuple[int, list[str]], odd: list[str]) -> None:
    decimals, column = drawn[0], [*drawn[1], *odd]
    each = [quick_amount(text, decimals) for text in column]
    assert quick_amounts(column, decimals) == (None if None in each else each)


@pytest.mark.parametrize(("decimals", "column"), [(0, ["1250"]), (2, ["12.50"]), (3, ["1.250"])])
def test_plain_amounts_of_any_currency_go_the_quick_way(decimals: int, column: list[str]) -> None:
    assert quick_amounts(column, decimals) == [1250]


def test_rates_keep_every_decimal() -> None:
    book = small_book(1)
    book.loans[0]["annual_rate_pct"] = "12.3450"
    assert only_loan(book).facts.annual_rate_pct == Decimal("12.345")


def told_of(book: Book) -> list[Violation]:
    (group,) = groups_of(book, *LOAN_FILES)
    found = read_loan(group, "")
    assert not isinstance(found, BookLoan)
    return list(found)


def test_each_column_of_a_loan_ends_in_the_fact_of_its_name() -> None:
    book = small_book(1)
    with_columns(book.loans, rounding="floor", multiple=100, every="15 days", plan_ref="PLAN-7")
    book.loans[0].update(
        currency="EUR",
        product="car",
        creditor="C",
        disbursed_on="2026-08-11",
        annual_rate_pct="7.5",
        penalty_rate_pct="9.25",
        interest_method="flat",
        amortisation="equal_installment",
        day_count="30/360",
        has_guarantor="true",
        status="charged_off",
        lender_type="micro_loan",
    )
    loan = only_loan(book)
    assert loan.terms == LoanFacts(
        loan_ref="L0001",
        currency="EUR",
        creditor="C",
        product="car",
        lender_type=LenderType.MICRO_LOAN,
        status=LoanStatus.CHARGED_OFF,
        disbursed_on=date(2026, 8, 11),
        principal=300_000,
        annual_rate_pct=Decimal("7.5"),
        penalty_rate_pct=Decimal("9.25"),
        amortisation="equal_installment",
        interest_method="flat",
        day_count="30/360",
        rounding="floor",
        every="15 days",
        multiple=100,
        has_guarantor=True,
        as_of=date(2026, 11, 1),
        installments=(),
    )
    (group,) = groups_of(book, *LOAN_FILES)
    assert (loan.digest, loan.line, loan.loan_ref) == (group.digest(), 2, "L0001")


ROW = (1, "2026-09-12", 100_000, 3_000, 0, 0, 100_000, 3_000, 0, 0)
PAYMENT = ("P0001", "2026-09-12", 103_000, "bank", False)


def test_rows_are_the_same_whichever_way_they_are_read() -> None:
    """Written as programs write them they are read by the column, else one by one: in another order, with spaces, in large letters."""
    quick, slow = small_book(1), small_book(1)
    slow.installments.reverse()
    slow.payments[0].update(amount=" 1030.00", reversed="FALSE")
    for loan in (only_loan(quick), only_loan(slow)):
        assert loan.schedule[0] == ROW
        assert [row.number for row in loan.schedule] == [1, 2, 3]
        assert loan.payments[0] == (*PAYMENT, 2)
    assert only_loan(quick).schedule == only_loan(slow).schedule


@pytest.mark.parametrize("currency", ["CNY", "JPY", "KWD"])
def test_sums_have_the_decimals_of_their_currency_whichever_way_they_are_read(currency: str) -> None:
    minor = {"CNY": 100, "JPY": 1, "KWD": 1_000}[currency]
    for cell in ("1030", " 1030"):
        book = small_book(1)
        book.loans[0].update(currency=currency, principal="3000")
        for row in book.installments:
            row.update({name: "0" for name in row if name.endswith(("_due", "_paid"))})
            row["principal_due"] = "1000"
        book.installments[0]["principal_due"] = cell.replace("1030", "1000")
        book.payments[0]["amount"] = cell
        loan = only_loan(book)
        assert loan.schedule[0].principal_due == 1_000 * minor
        assert loan.payments[0].amount == 1_030 * minor
        assert loan.terms.principal == 3_000 * minor


def test_another_payment_of_the_same_reference_is_told_and_the_others_are_read() -> None:
    book = small_book(1)
    first, *_ = book.payments
    second, third = {**first, "payment_ref": "P2"}, {**first, "payment_ref": "P3", "amount": "x"}
    book.rows[BookFile.PAYMENTS] = [first, dict(first), second, {**second, "amount": "1.00"}, third]
    found = [(v.line, v.column, v.error.code, v.reference) for v in told_of(book)]
    assert found == [
        (5, "payment_ref", "reference_repeated", "L0001"),
        (6, "amount", "amount_not_a_number", "L0001"),
    ]


def test_the_sum_that_was_found_is_told_beside_the_one_that_is_stated() -> None:
    book = small_book(1)
    book.loans[0]["principal"] = "2999.99"
    (wrong,) = told_of(book)
    assert (wrong.file, wrong.line, wrong.column, wrong.error.field) == (
        BookFile.LOANS,
        2,
        "principal",
        "principal",
    )
    assert wrong.error.details == {"currency": "CNY", "stated": "2999.99", "found": "3000.00"}


@pytest.mark.parametrize("stated", [19, 21, 0])
def test_days_late_that_are_stated_are_those_that_the_rows_give(stated: int) -> None:
    """The second installment fell due on 12 October, and the book is of 1 November."""
    book = small_book(1)
    with_columns(book.loans, dpd=20)
    only_loan(book)
    with_columns(book.loans, dpd=stated)
    (wrong,) = told_of(book)
    assert (wrong.file, wrong.line, wrong.column) == (BookFile.LOANS, 2, "dpd")
    assert wrong.error.details == {"stated": stated, "found": 20}


@pytest.mark.parametrize(
    ("numbers", "code", "line", "number"),
    [
        ("124", "number_missing", 4, 3),
        ("234", "number_missing", 2, 1),
        ("122", "number_repeated", 4, 2),
        ("112", "number_repeated", 3, 1),
    ],
)
def test_the_number_that_is_missing_or_repeated_is_told_once(
    numbers: str, code: str, line: int, number: int
) -> None:
    book = small_book(1)
    for row, text in zip(book.installments, numbers, strict=True):
        row["number"] = text
    (wrong,) = told_of(book)
    assert (wrong.error.code, wrong.line, wrong.column) == (code, line, "number")
    assert wrong.error.details == {"number": number}


@pytest.mark.parametrize("day", ["2026-10-12", "2026-10-11"])
def test_dates_of_installments_rise_by_a_day_at_least(day: str) -> None:
    book = small_book(1)
    book.installments[2]["due_on"] = day
    assert [(v.line, v.column, v.error.code) for v in told_of(book)] == [(4, "due_on", "dates_not_rising")]
    book.installments[2]["due_on"] = "2026-10-13"
    only_loan(book)


@pytest.mark.parametrize("name", ["principal", "interest", "fee", "penalty"])
def test_no_part_is_paid_above_what_is_due(name: str) -> None:
    book = small_book(1)
    book.installments[2].update({f"{name}_paid": "7.00", f"{name}_due": "7.00", "principal_due": "1000.00"})
    only_loan(book)
    book.installments[2][f"{name}_paid"] = book.installments[2][f"{name}_due"].replace(".00", ".01")
    assert [(v.line, v.column, v.error.code) for v in told_of(book)] == [
        (4, f"{name}_paid", "paid_above_due")
    ]


def test_what_is_wrong_in_one_installment_is_told_without_what_would_follow_from_it() -> None:
    book = small_book(1)
    book.installments[1].update(due_on="soon", number="7")
    book.installments[0]["fee_paid"] = "1.00"
    assert [(v.line, v.column, v.error.code) for v in told_of(book)] == [(3, "due_on", "date_unclear")]


@pytest.mark.parametrize(("count", "is_refused"), [(MOST_ROWS, False), (MOST_ROWS + 1, True)])
def test_a_loan_has_so_many_payments_at_most(count: int, *, is_refused: bool) -> None:
    """Unpaid and in one piece, so that each has to be looked at by itself."""
    (payment,) = small_book(1).payments
    book = small_book(1)
    book.rows[BookFile.PAYMENTS] = [
        {**payment, "payment_ref": f"P{number}", "amount": " 1.00"} for number in range(count)
    ]
    if not is_refused:
        assert len(only_loan(book).payments) == count
        return
    (wrong,) = told_of(book)
    assert (wrong.file, wrong.line, wrong.column) == (BookFile.PAYMENTS, count + 1, "loan_ref")
    assert (wrong.error.code, wrong.error.details) == ("rows_too_many", {"maximum": MOST_ROWS})


def test_an_unknown_currency_is_told_with_what_else_is_wrong_in_its_row() -> None:
    book = small_book(1)
    book.loans[0].update(currency="XXX", status="open")
    book.installments[0]["fee_due"] = "x"
    assert [(v.line, v.column) for v in told_of(book)] == [(2, "currency"), (2, "status")]


def test_rows_of_a_loan_that_is_in_no_file_are_each_told() -> None:
    book = small_book(1)
    book.loans.clear()
    files = [(v.file.value, v.line, v.column, v.error.code, v.reference) for v in told_of(book)]
    assert files == [
        *(("installments", line, "loan_ref", "loan_ref_unknown", "L0001") for line in (2, 3, 4)),
        ("payments", 2, "loan_ref", "loan_ref_unknown", "L0001"),
    ]


def test_a_loan_twice_is_told_for_each_time_but_the_first() -> None:
    book = small_book(1)
    book.loans.extend([loan_row(1), loan_row(1)])
    assert [(v.line, v.column, v.error.code) for v in told_of(book)] == [
        (3, "loan_ref", "reference_repeated"),
        (4, "loan_ref", "reference_repeated"),
    ]


def test_a_wrong_header_names_file_and_column_and_no_endless_one() -> None:
    columns = COLUMNS[BookFile.LOANS]
    headers = [
        [*columns, "x" * 81],
        [*columns, "loan_ref"],
        [column for column in columns if column != "as_of"],
    ]
    details = []
    for header in headers:
        with pytest.raises(DomainError) as refused:
            Layout.of(BookFile.LOANS, header)
        details.append(refused.value.details)
    assert details == [
        {"file": "loans", "column": "x" * 80},
        {"file": "loans", "column": "loan_ref"},
        {"file": "loans", "column": "as_of"},
    ]


@pytest.mark.parametrize(
    ("cells", "expected", "is_whole"),
    [
        (list("123456"), "123456", True),
        (list("12345"), ("1", "2", "3", "4", "5", ""), False),
        (list("1234567"), "123456", False),
        ([], [""] * 6, False),
    ],
)
def test_a_row_has_the_width_of_its_file_whatever_was_written(
    cells: list[str], expected: Sequence[str], *, is_whole: bool
) -> None:
    layout = Layout.of(BookFile.PAYMENTS, COLUMNS[BookFile.PAYMENTS])
    row = layout.row(9, cells)
    assert (row.line, row.cells, row.is_whole) == (9, tuple(expected), is_whole)
    assert layout.key(row) == row.cells[1]
    assert not layout.row(9, list("123456"), is_whole=False).is_whole


def test_a_layout_is_usual_where_its_columns_stand_in_order_and_lack_none_but_the_last() -> None:
    columns = list(COLUMNS[BookFile.LOANS])
    assert Layout.of(BookFile.LOANS, columns).is_usual
    assert Layout.of(BookFile.LOANS, columns[:-1]).is_usual
    turned = [columns[1], columns[0], *columns[2:]]
    without_one = [*columns[:-2], columns[-1]]
    assert not Layout.of(BookFile.LOANS, turned).is_usual
    assert not Layout.of(BookFile.LOANS, without_one).is_usual
    assert Layout.of(BookFile.LOANS, turned).key_at == turned.index("loan_ref")
