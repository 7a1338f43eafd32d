"""Tables that a spreadsheet opens and does not run."""

import csv
import io

import pytest

from portal.domain.safe_csv import safe_cell, safe_csv


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", "﹦1", "﹢1", "﹣1", "﹫x", " =1", "　＝1",
        "\u200b=1", "\ufeff=1", "\u00a0@x", "|calc", "%0A=1", "\x00=1",
    ],
)  # fmt: skip
def test_what_may_be_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["M1: 1–30", "18-24", "迟一点", "a=b", "", " ", "3.5%", "1,000"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_numbers_stay_numbers() -> None:
    assert safe_cell(-5) == "-5"
    assert safe_cell(0.25) == "0.25"


def test_a_file_reads_back_as_it_was_written() -> None:
    rows = [['面议，"引号"', 3], ["两\n行", -4], ["=x", 0]]
    body = safe_csv(["名称", "数"], rows)
    assert body.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in body
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert read == [["名称", "数"], ['面议，"引号"', "3"], ["两\n行", "-4"], ["'=x", "0"]]
