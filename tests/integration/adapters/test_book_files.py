import gzip
import random
from itertools import pairwise
from pathlib import Path

import pytest

from portal.adapters import book_files
from portal.adapters.book_files import find_files, scan_file
from portal.adapters.book_order import rows_in_order
from portal.domain.book_columns import BookFile
from portal.domain.errors import DomainError
from tests.books import csv_of, small_book

NAME = 1
BORROWERS = csv_of(BookFile.BORROWERS, small_book(3).borrowers)


def scanned(tmp_path: Path, body: bytes, *, file: BookFile = BookFile.BORROWERS) -> book_files.ScannedFile:
    path = tmp_path / f"{file}.csv"
    path.write_bytes(body)
    return scan_file(file, path)


def names(found: book_files.ScannedFile) -> list[str]:
    return [row.cells[NAME] for row in found.rows()]


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
    assert [row.line for row in found.rows()] == [2, 3, 4]


def test_one_broken_line_spoils_itself_alone(tmp_path: Path) -> None:
    lines = BORROWERS.encode().splitlines(keepends=True)
    lines[2] = lines[2].replace("李".encode(), b"\xe6\x9d")
    assert names(scanned(tmp_path, b"".join(lines))) == ["李娜1", "\ufffd娜2", "李娜3"]


def test_an_open_quote_does_not_swallow_the_lines_after_it(tmp_path: Path) -> None:
    found = scanned(tmp_path, BORROWERS.replace("李娜2", '"李娜2').encode())
    assert [row.is_whole for row in found.rows()] == [True, False, True]


def test_quoted_cells_may_hold_commas_and_quotes(tmp_path: Path) -> None:
    assert names(scanned(tmp_path, BORROWERS.replace("李娜2", '"李, ""娜"""').encode()))[1] == '李, "娜"'


def test_blank_lines_are_no_rows_and_keep_the_count_of_lines(tmp_path: Path) -> None:
    found = scanned(tmp_path, BORROWERS.replace("B0002", "\nB0002").encode())
    assert [row.line for row in found.rows()] == [2, 4, 5]


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
    rows = small_book(200).installments
    random.Random(7).shuffle(rows)
    found = scanned(tmp_path, csv_of(BookFile.INSTALLMENTS, rows).encode(), file=BookFile.INSTALLMENTS)
    assert not found.is_in_order
    in_order = list(rows_in_order(found))
    assert sorted(in_order) == sorted(found.rows())
    assert [row.cells[0] for row in in_order] == sorted(row["loan_ref"] for row in rows)
    assert all(a.line < b.line for a, b in pairwise(in_order) if a.cells[0] == b.cells[0])
