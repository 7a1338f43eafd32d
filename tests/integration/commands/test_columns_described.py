"""What an operator reads about the columns of a loan book."""

from pathlib import Path

import pytest

from portal.domain.book_columns import OPTIONAL

DOCUMENT = Path(__file__).parents[3] / "docs" / "operations.md"
COLUMNS = [(file.value, column) for file, columns in OPTIONAL.items() for column in columns]


@pytest.mark.parametrize(("file", "column"), COLUMNS)
def test_each_optional_column_is_described_with_its_file(file: str, column: str) -> None:
    assert f"| {file} | `{column}` |" in DOCUMENT.read_text(encoding="utf-8")
