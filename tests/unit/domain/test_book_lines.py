"""Lines taken as they stand are what their cells, one by one, would say."""

import hashlib
from itertools import chain, pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.domain.book_columns import COLUMNS, REQUIRED, BookFile, Layout
from portal.domain.book_lines import MOST_ROWS, Block, Lines, lines_by_key, row_of
from portal.domain.book_loans import BookLoan
from portal.domain.book_rows import RowGroup, grouped
from portal.domain.book_schedules import quick_payments, quick_schedule
from portal.domain.loan_book import read_loan
from tests.books import book_lines, csv_of, small_book

PAYMENTS = BookFile.PAYMENTS
LAYOUTS = [
    Layout.of(PAYMENTS, COLUMNS[PAYMENTS]),
    Layout.of(PAYMENTS, COLUMNS[PAYMENTS][::-1]),
    Layout.of(BookFile.BORROWERS, REQUIRED[BookFile.BORROWERS]),
    Layout.of(BookFile.BORROWERS, COLUMNS[BookFile.BORROWERS]),
    Layout.of(BookFile.BORROWERS, [*REQUIRED[BookFile.BORROWERS], "sex"]),
]
cells = st.text('aB0,"\x1f\x1e\r\x0b\u2028 李\ufffd', max_size=3)
texts = st.one_of(
    st.lists(cells, min_size=1, max_size=9).map(",".join),
    st.lists(st.text("ab0 ", max_size=2), min_size=6, max_size=6).map(",".join),
).filter(bool)
layouts = st.sampled_from(LAYOUTS)


@given(layouts, st.lists(texts, min_size=1, max_size=5))
@example(LAYOUTS[0], ["a,b,c,d,e", "a,b,c,d,e,f,g"])
@example(LAYOUTS[2], ["a ,,,,,", "a,,,,,"])
@example(LAYOUTS[3], ["a\x1fb,,,,,,,,", "a,b,,,,,,,"])
def test_lines_are_spelt_as_their_rows_are(layout: Layout, found: list[str]) -> None:
    lines = Lines(layout, "", range(len(found)), found)
    rows = [row_of(layout, number, text) for number, text in enumerate(found)]
    assert lines.spelt() == ["\x1f".join(row.cells) + ("" if row.is_whole else "?") for row in rows]
    assert lines.count_different() == len({row.cells for row in rows})
    if lines.are_plain:
        assert all(row.is_whole for row in rows)
        assert list(zip(*lines.columns(), strict=True)) == [row.cells for row in rows]


@given(layouts, st.lists(st.lists(texts, min_size=1, max_size=6), max_size=4))
def test_lines_belong_together_by_the_key_that_their_rows_have(
    layout: Layout, found: list[list[str]]
) -> None:
    """Wherever a block ends."""
    blocks = [Block.of(range(len(some)), some) for some in found]
    lines = list(lines_by_key(layout, blocks))
    assert [text for each in lines for text in each.texts] == list(chain.from_iterable(found))
    assert all(layout.key(row) == each.key for each in lines for row in each.rows)
    assert all(a.key != b.key for a, b in pairwise(lines))


@given(st.lists(st.text("a,\r", max_size=3), max_size=6), st.booleans())
def test_a_block_has_every_line_that_is_not_blank_by_its_number(found: list[str], is_ended: bool) -> None:
    text = "\n".join(found) + ("\n" if is_ended else "")
    stood = [(number, line.rstrip("\r")) for number, line in enumerate(text.split("\n"), start=5)]
    block, after = Block.read(5, text)
    assert list(zip(block.numbers, block.texts, strict=True)) == [pair for pair in stood if pair[1]]
    assert after == 5 + len(text.split("\n")) - (text.endswith("\n") or not text)


def test_what_a_digest_says_of_a_loan_is_what_it_always_said() -> None:
    """Another meaning would have the next import write every loan of every book anew."""
    files = (BookFile.LOANS, BookFile.INSTALLMENTS, PAYMENTS)
    book = small_book(1)
    (group,) = grouped({file: book_lines(file, book.rows[file]) for file in files})
    parts = ["book 1"]
    for file in BookFile:
        parts.append(file.value)
        if file in files:
            rows = [[row.get(column, "") for column in COLUMNS[file]] for row in book.rows[file]]
            parts += sorted("\x1f".join(row) for row in rows)
    assert group.digest() == hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


def slow(lines: Lines) -> Lines:
    """Lines that nobody takes for plain: the last of them is in quotes, which says the same."""
    *others, last = lines.texts
    return Lines(lines.layout, lines.key, lines.numbers, [*others, '"' + last.replace(",", '","') + '"'])


def read(group: RowGroup, lines: dict[BookFile, Lines]) -> Any:
    found = read_loan(RowGroup(group.reference, {**group.lines, **lines}), "digest")
    if isinstance(found, BookLoan):
        return found
    return [(each.line, each.column, each.error.code, each.error.details) for each in found]


amounts = st.sampled_from(
    ["0.00", "30.00", "1000.00", "30", "30.0", "30.000", "", "-1", "３０.00", "9" * 12 + ".00", "x"]
)
days = st.sampled_from(["2026-09-12", "2026-10-12", "2026-9-12", "20260912", "2026-02-30", "", "2026-11-12"])
bent = st.one_of(
    st.tuples(st.just("number"), st.sampled_from(["1", "2", "3", "4", "0", "01", "", "x"])),
    st.tuples(st.just("due_on"), days),
    st.tuples(st.sampled_from(COLUMNS[BookFile.INSTALLMENTS][3:]), amounts),
)


@given(st.lists(st.tuples(st.integers(0, 2), bent), max_size=2), st.sampled_from(["CNY", "JPY", "KWD"]))
@example([], "CNY")
@example([(0, ("fee_paid", "30.00"))], "CNY")
@example([(2, ("due_on", "2026-10-12"))], "CNY")
def test_installments_by_the_column_are_installments_row_by_row(bends: Any, currency: str) -> None:
    book = small_book(1)
    book.loans[0]["currency"] = currency
    for row, (column, cell) in bends:
        book.installments[row][column] = cell
    files = (BookFile.LOANS, BookFile.INSTALLMENTS)
    (group,) = grouped({file: book_lines(file, book.rows[file]) for file in files})
    lines = group.lines[BookFile.INSTALLMENTS]
    assert read(group, {}) == read(group, {BookFile.INSTALLMENTS: slow(lines)})
    assert quick_schedule(slow(lines), currency) is None
    if not bends and currency == "CNY":
        assert quick_schedule(lines, currency) is not None


bent_payment = st.one_of(
    st.tuples(
        st.just("payment_ref"), st.sampled_from(["P1", "P2", "", " P", "=P", "ｐ1", "p" * 65, "P\x00", "-"])
    ),
    st.tuples(st.just("paid_on"), days),
    st.tuples(st.just("amount"), amounts),
    st.tuples(
        st.just("channel"), st.sampled_from(["bank", "", " ", "b" * 41, "b" * 40, "a\u202eb", "银行\\"])
    ),
    st.tuples(st.just("reversed"), st.sampled_from(["true", "FALSE", "0", "1", "", "no"])),
)


@given(st.lists(st.tuples(st.integers(0, 2), bent_payment), max_size=3), st.sampled_from(["CNY", "JPY"]))
@example([], "CNY")
@example([(0, ("payment_ref", "P2")), (1, ("payment_ref", "P2"))], "CNY")
def test_payments_by_the_column_are_payments_row_by_row(bends: Any, currency: str) -> None:
    book = small_book(1)
    book.loans[0].update(currency=currency, principal="0")
    (payment,) = book.payments
    book.rows[PAYMENTS] = [{**payment, "payment_ref": f"P000{number}"} for number in range(3)]
    for row, (column, cell) in bends:
        book.payments[row][column] = cell
    files = (BookFile.LOANS, PAYMENTS)
    (group,) = grouped({file: book_lines(file, book.rows[file]) for file in files})
    lines = group.lines[PAYMENTS]
    assert read(group, {}) == read(group, {PAYMENTS: slow(lines)})
    assert quick_payments(slow(lines), currency) is None
    if not bends and currency == "CNY":
        assert quick_payments(lines, currency) is not None


@pytest.mark.parametrize("extra", [0, 1])
def test_more_installments_than_a_loan_may_have_are_no_quick_ones(extra: int) -> None:
    (row,) = small_book(1).payments
    rows = [{**row, "payment_ref": f"P{number}"} for number in range(MOST_ROWS + extra)]
    (lines,) = book_lines(PAYMENTS, rows)
    assert (quick_payments(lines, "CNY") is None) == bool(extra)


def test_what_is_written_for_tests_is_read_back() -> None:
    (lines,) = book_lines(PAYMENTS, small_book(1).payments)
    assert csv_of(PAYMENTS, small_book(1).payments).split("\n")[1:] == [*lines.texts, ""]
