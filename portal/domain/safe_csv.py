"""Tables as text that spreadsheets open and none of them runs (CWE-1236)."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_STARTS_FORMULA: Final = frozenset("=+-@\t\r\n|%")


def safe_cell(value: object) -> str:
    """The value as a cell. Text that a spreadsheet may take for a formula, in full-width characters too, or behind blanks and characters
    that nobody sees, gets an apostrophe in front; whole numbers stay numbers.
    """
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if text[:1] in _STARTS_FORMULA:
        return f"'{text}"
    first = next((each for each in unicodedata.normalize("NFKC", text) if not _is_unseen(each)), "")
    return f"'{text}" if first in _STARTS_FORMULA and first else text


def safe_csv(header: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads Chinese; lines end as RFC 4180 has it."""
    return BYTE_ORDER_MARK + safe_rows([header, *rows])


def safe_rows(rows: Iterable[Sequence[object]]) -> bytes:
    """Some rows of such a table, for one that is written piece by piece; before the first stands ``BYTE_ORDER_MARK``."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
    return written.getvalue().encode()


def _is_unseen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc", "Zs"}
