import gzip
import random
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.adapters import book_files
from portal.adapters.book_files import find_files, scan_file
from portal.adapters.book_order import lines_in_order
from portal.domain.book_columns import BookFile, BookRow, Layout
from portal.domain.book_lines import MOST_ROWS, row_of
from portal.domain.errors import DomainError
from tests.books import csv_of, small_book

NAME = 1
BORROWERS = csv_of(BookFile.BORROWERS, small_book(3).borrowers)


def scanned(tmp_path: Path, body: bytes, *, file: BookFile = BookFile.BORROWERS) -> book_files.ScannedFile:
    path = tmp_path / f"{file}.csv"
    path.write_bytes(body)
    return scan_file(file, path)


def rows(found: book_files.ScannedFile) -> list[BookRow]:
    """As they stand in the file."""
    blocks = found.blocks()
    return [row_of(found.layout, n, text) for b in blocks for n, text in zip(b.numbers, b.texts, strict=True)]


def names(found: book_files.ScannedFile) -> list[str]:
    return [row.cells[NAME] for row in rows(found)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["borrowers.csv", "borrowers.csv.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_packing_and_line_end_reads_the_same(
    tmp_path: Path, encoding: str, name: str, end: str
) -> None:
    body = BORROWERS.replace("\n", end).encode(encoding)
    path = tmp_path / name
    path.write_bytes(gzip.compress(body) if path.suffix == ".gz" else body)
    found = scan_file(BookFile.BORROWERS, path)
    assert (names(found), found.row_count, found.is_in_order) == (["李娜1", "李娜2", "李娜3"], 3, True)
    assert [row.line for row in rows(found)] == [2, 3, 4]


def test_one_broken_line_spoils_itself_alone(tmp_path: Path) -> None:
    lines = BORROWERS.encode().splitlines(keepends=True)
    lines[2] = lines[2].replace("李".encode(), b"\xe6\x9d")
    assert names(scanned(tmp_path, b"".join(lines))) == ["李娜1", "\ufffd娜2", "李娜3"]


def test_an_open_quote_does_not_swallow_the_lines_after_it(tmp_path: Path) -> None:
    found = scanned(tmp_path, BORROWERS.replace("李娜2", '"李娜2').encode())
    assert [row.is_whole for row in rows(found)] == [True, False, True]


def line_by_line(body: bytes) -> tuple[str, list[BookRow]]:
    """Encoding and rows, with each line looked at by itself."""
    header, *lines = body.split(b"\n")
    fits = {}
    for encoding in ("utf-8", "gb18030"):
        fits[encoding] = 0
        for line in lines:
            with suppress(UnicodeDecodeError):
                line.decode(encoding)
                fits[encoding] += not line.isascii()
    encoding = "utf-8" if fits["utf-8"] >= fits["gb18030"] else "gb18030"
    layout = Layout.of(BookFile.BORROWERS, header.decode().split(","))
    texts = [(number, line.decode(encoding, "replace").rstrip("\r")) for number, line in enumerate(lines, 2)]
    return encoding, [row_of(layout, number, text) for number, text in texts if text]


pieces = [
    "李".encode(),
    "李".encode("gb18030"),
    b"\xe6\x9d",
    b"\x81",
    b"\x81\x30",
    b"\xff",
    b"B1",
    b"B2",
    b",",
    b",,,,,",
]
ends = [b"\n", b"\r\n", b'"', b"\n\n"]


@given(st.lists(st.sampled_from(pieces + ends), max_size=20))
@example(["李,,,,,\n".encode(), "李,,,,,\n".encode("gb18030"), "李,,,,,\n".encode("gb18030")])
@example([b"B2,,,,,\nB1,,,,,\n"])
@example(["李,,,,,\n".encode("gb18030"), b"B1,\x81\x30\n"])
@example(["李,,,,,\n".encode("gb18030"), b"B1,\x81\x30\n", b"B2,,,,,\n"])
def test_a_file_in_blocks_has_the_rows_that_its_lines_have(body: list[bytes]) -> None:
    raw = BORROWERS.partition("\n")[0].encode() + b"\n" + b"".join(body)
    with TemporaryDirectory() as folder:
        found = scanned(Path(folder), raw)
        encoding, expected = line_by_line(raw)
        keys = [row.cells[0] for row in expected]
        assert (found.encoding, found.row_count, found.is_in_order) == (
            encoding,
            len(keys),
            keys == sorted(keys),
        )
        assert rows(found) == expected
        in_order = [row for lines in lines_in_order(found) for row in lines.rows]
        assert in_order == sorted(expected, key=lambda row: (row.cells[0], row.line))


@pytest.mark.parametrize("length", [64, 61])
@pytest.mark.parametrize("last", ["B9998", "B9999"])
def test_a_block_ends_anywhere(tmp_path: Path, length: int, last: str) -> None:
    """262,144 bytes are 4,096 lines of 64: there the key falls."""
    keys = [*["B9999"] * 4096, *[last] * 2000]
    lines = [f"{key},{number:05},".ljust(length - 4, "x") + ",,," for number, key in enumerate(keys)]
    found = scanned(tmp_path, (BORROWERS.partition("\n")[0] + "\n" + "\n".join(lines)).encode())
    assert (found.row_count, found.is_in_order) == (len(keys), last == "B9999")
    assert [(row.line, row.cells[1]) for row in rows(found)] == [
        (number + 2, f"{number:05}") for number in range(len(keys))
    ]
    assert [(lines.key, len(lines)) for lines in lines_in_order(found)] == (
        [("B9999", MOST_ROWS + 1)] if last == "B9999" else [("B9998", 2000), ("B9999", 4096)]
    )


def test_quoted_cells_may_hold_commas_and_quotes(tmp_path: Path) -> None:
    assert names(scanned(tmp_path, BORROWERS.replace("李娜2", '"李, ""娜"""').encode()))[1] == '李, "娜"'


def test_blank_lines_are_no_rows_and_keep_the_count_of_lines(tmp_path: Path) -> None:
    found = scanned(tmp_path, BORROWERS.replace("B0002", "\nB0002").encode())
    assert [row.line for row in rows(found)] == [2, 4, 5]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    assert scanned(tmp_path, BORROWERS.rstrip().encode()).row_count == 3


@pytest.mark.parametrize("body", [b"", b"\n", b"\xef\xbb\xbf\n"])
def test_a_file_without_a_header_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(DomainError, match="header_missing"):
        scanned(tmp_path, body)


def test_a_packed_file_that_was_cut_off_is_refused_before_anything_is_read_from_it(tmp_path: Path) -> None:
    path = tmp_path / "borrowers.csv.gz"
    path.write_bytes(gzip.compress(BORROWERS.encode())[:-12])
    with pytest.raises(DomainError, match="book_file_unreadable"):
        scan_file(BookFile.BORROWERS, path)


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="book_file_unreadable"):
        scanned(tmp_path, BORROWERS.encode() + b"x" * (book_files.LONGEST_LINE + 1))


def test_a_folder_has_each_file_once(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="book_folder_missing"):
        find_files(tmp_path / "nowhere")
    small_book(1).write(tmp_path)
    assert set(find_files(tmp_path)) == set(BookFile)
    (tmp_path / "loans.csv.gz").write_bytes(b"")
    with pytest.raises(DomainError, match="book_file_twice"):
        find_files(tmp_path)
    (tmp_path / "loans.csv.gz").unlink()
    (tmp_path / "loans.csv").unlink()
    with pytest.raises(DomainError, match="book_file_missing"):
        find_files(tmp_path)


def test_rows_in_any_order_come_in_the_order_of_their_key(tmp_path: Path) -> None:
    book = small_book(200).installments
    random.Random(7).shuffle(book)
    found = scanned(tmp_path, csv_of(BookFile.INSTALLMENTS, book).encode(), file=BookFile.INSTALLMENTS)
    assert not found.is_in_order
    in_order = [row for lines in lines_in_order(found) for row in lines.rows]
    assert sorted(in_order) == sorted(rows(found))
    assert [row.cells[0] for row in in_order] == sorted(row["loan_ref"] for row in book)
    assert all(a.line < b.line for a, b in pairwise(in_order) if a.cells[0] == b.cells[0])
