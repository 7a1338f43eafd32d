"""``portal quote``: the published schedules, and every bad line answered in its place."""

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.commands.json_lines import LONGEST_LINE, run_json_lines
from portal.commands.quote import KEYS, quoted
from tests.published import SHARED, Case, published

ROOT = Path(__file__).parents[3]
LINE = {
    "currency": "CNY",
    "principal": "10000.00",
    "annual_rate_pct": "12",
    "installments": 12,
    "every": "1 month",
    "disbursed_on": "2026-01-05",
    "first_due_on": None,
    "day_count": "30/360",
    "amortisation": "equal_installment",
    "interest_method": "declining",
    "rounding": "half_even",
    "multiple": None,
    "grace_principal": 0,
    "grace_interest": 0,
}


def run(raw: bytes) -> tuple[int, list[dict[str, Any]]]:
    out = io.BytesIO()
    status = run_json_lines(quoted, io.BytesIO(raw), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def answer(**changes: Any) -> dict[str, Any]:
    _, (only,) = run(json.dumps(LINE | changes).encode())
    return only


def error_of(raw: bytes | str) -> tuple[str, str | None]:
    status, (only,) = run(raw.encode() if isinstance(raw, str) else raw)
    assert status == 1
    assert only["error"]["message"]
    return only["error"]["code"], only["error"]["field"]


def test_the_line_of_the_specification_is_answered_as_it_says() -> None:
    found = answer()
    assert found["rows"][0] == {
        "number": 1,
        "due_on": "2026-02-05",
        "principal": "788.49",
        "interest": "100.00",
        "due": "888.49",
        "balance": "9211.51",
    }
    assert (len(found["rows"]), found["total_due"], found["total_interest"]) == (12, "10661.86", "661.86")


def test_the_command_reads_standard_input_and_leaves_with_its_status() -> None:
    def quote(text: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "portal", "quote"]
        return subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=False)

    good = json.dumps(LINE)
    assert quote(good).returncode == 0
    mixed = quote(f"{good}\nnonsense\n{good}\n")
    assert mixed.returncode == 1
    assert ["error" in json.loads(line) for line in mixed.stdout.splitlines()] == [False, True, False]
    assert mixed.stderr == ""


def fineract_cases() -> Sequence[Any]:
    path = SHARED / "cases" / "fineract_cny.json"
    if not path.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no published cases: {path} is missing"))]
    return [pytest.param(c, id=c["id"]) for c in json.loads(path.read_text(encoding="utf-8"))["cases"]]


def line_of(inputs: Case) -> dict[str, Any]:
    return {
        "currency": inputs.get("currency", "CNY"),
        "principal": str(inputs["principal"]),
        "annual_rate_pct": str(inputs["annual_rate_pct"]),
        "installments": inputs["n"],
        "every": inputs["every"],
        "disbursed_on": inputs["disbursed"],
        "day_count": inputs.get("day_count", "30/360").replace("actual", "act"),
        "interest_method": inputs.get("interest_method", "declining"),
    }


@pytest.mark.parametrize("case", [*published("engines", "schedule"), *fineract_cases()])
def test_published_schedules_are_answered_to_the_cent(case: Case) -> None:
    status, (found,) = run(json.dumps(line_of(case["inputs"])).encode())
    assert status == 0
    keys = ("due", "principal", "interest", "balance")
    rows = [[row["number"], row["due_on"], *(Decimal(row[key]) for key in keys)] for row in found["rows"]]
    expected = case.get("rows") or case["expected"]["rows"]
    assert rows == [
        [row["n"], row["due_date"], *(Decimal(str(row[key])) for key in keys)] for row in expected
    ]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"principal": "abc"}, "amount_not_a_number", "principal"),
        ({"principal": "1e9"}, "amount_not_a_number", "principal"),
        ({"principal": "-1"}, "amount_negative", "principal"),
        ({"principal": -1}, "amount_negative", "principal"),
        ({"principal": "0.001"}, "amount_too_precise", "principal"),
        ({"principal": "0"}, "principal_not_positive", "principal"),
        ({"principal": "NaN"}, "amount_not_a_number", "principal"),
        ({"principal": True}, "value_not_a_number", "principal"),
        ({"principal": None}, "value_missing", "principal"),
        ({"principal": []}, "value_not_a_number", "principal"),
        ({"principal": 10**30}, "amount_too_large", "principal"),
        ({"principal": "100000000000.01"}, "amount_too_large", "principal"),
        ({"annual_rate_pct": "-1"}, "value_negative", "annual_rate_pct"),
        ({"annual_rate_pct": "twelve"}, "value_not_a_number", "annual_rate_pct"),
        ({"annual_rate_pct": "10001"}, "rate_out_of_range", "annual_rate_pct"),
        ({"annual_rate_pct": False}, "value_not_a_number", "annual_rate_pct"),
        ({"installments": 0}, "installments_out_of_range", "installments"),
        ({"installments": 1.5}, "value_not_whole", "installments"),
        ({"installments": -3}, "value_negative", "installments"),
        ({"installments": 10**9}, "value_not_whole", "installments"),
        ({"installments": 999_999}, "installments_out_of_range", "installments"),
        ({"every": "fortnight"}, "period_unclear", "every"),
        ({"every": 1}, "value_not_text", "every"),
        ({"disbursed_on": "2026-02-30"}, "date_unclear", "disbursed_on"),
        ({"disbursed_on": "20260105"}, "date_unclear", "disbursed_on"),
        ({"disbursed_on": "05/01/2026"}, "date_unclear", "disbursed_on"),
        ({"disbursed_on": "9999-12-31"}, "date_too_far", None),
        ({"first_due_on": "2026-01-05"}, "first_date_not_after_start", "first_due_on"),
        ({"first_due_on": ""}, "date_unclear", "first_due_on"),
        ({"day_count": "actual/365"}, "value_not_a_choice", "day_count"),
        ({"amortisation": "balloon"}, "value_not_a_choice", "amortisation"),
        ({"interest_method": {}}, "value_not_text", "interest_method"),
        ({"rounding": "up"}, "value_not_a_choice", "rounding"),
        ({"multiple": 7}, "multiple_unknown", "multiple"),
        ({"multiple": 0}, "multiple_unknown", "multiple"),
        ({"grace_principal": 12}, "grace_out_of_range", "grace_principal"),
        ({"grace_interest": "x"}, "value_not_whole", "grace_interest"),
        ({"currency": "XYZ"}, "currency_unknown", "currency"),
        ({"currency": "JPY", "principal": "10000.50"}, "amount_too_precise", "principal"),
        ({"princpal": "1"}, "key_unknown", "princpal"),
    ],
)
def test_a_wrong_value_is_answered_with_its_field(
    changes: dict[str, Any], code: str, field: str | None
) -> None:
    assert error_of(json.dumps(LINE | changes)) == (code, field)


@pytest.mark.parametrize("key", ["principal", "annual_rate_pct", "installments", "disbursed_on"])
def test_a_missing_key_is_named(key: str) -> None:
    assert error_of(json.dumps({k: v for k, v in LINE.items() if k != key})) == ("value_missing", key)


def test_all_other_keys_may_be_left_out() -> None:
    needed = {key: LINE[key] for key in ("principal", "annual_rate_pct", "installments", "disbursed_on")}
    status, (found,) = run(json.dumps(needed).encode())
    assert (status, found) == (0, answer())


def test_numbers_are_read_exactly_and_full_width_digits_count() -> None:
    assert answer(principal=10000) == answer(principal=10000.0) == answer(principal="１００００") == answer()
    assert answer(annual_rate_pct=12.0, installments="12") == answer()
    assert answer(principal=10000.0, installments=12.0, multiple=None) == answer()


def test_zeros_at_the_end_change_nothing() -> None:
    assert answer(principal="10000.0000", annual_rate_pct="12.000000000000") == answer()
    assert answer(currency="JPY", principal="10000.00") == answer(currency="JPY", principal=10000)
    assert "error" in answer(principal="10000.")


def test_a_line_without_an_error_does_not_wait_for_what_serves_pages() -> None:
    program = (
        "import atexit, sys; from portal.commands.quote import quote\n"
        "atexit.register(lambda: print(*sys.modules))\n"
        "quote.main(args=[])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input=json.dumps(LINE),
        capture_output=True,
        text=True,
        check=True,
    )
    answered, modules = done.stdout.splitlines()
    assert json.loads(answered)["total_due"] == "10661.86"
    assert not {"flask", "sqlalchemy", "babel"} & set(modules.split())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "line_not_json"),
        (b"   ", "line_not_json"),
        (b"{", "line_not_json"),
        (b"{'principal': 1}", "line_not_json"),
        (b'{"principal": NaN}', "line_not_json"),
        (b'{"principal": Infinity}', "line_not_json"),
        (b'{"principal": "\xff\xfe"}', "line_not_json"),
        (b"\x00", "line_not_json"),
        (b"[" * 100_000, "line_not_json"),
        (b'{"a":' * 100_000, "line_not_json"),
        (b'{"principal": ' + b"9" * 5000 + b"}", "line_not_json"),
        (b"[]", "line_not_an_object"),
        (b"null", "line_not_an_object"),
        (b'"text"', "line_not_an_object"),
        (b'{"principal": "1", "principal": "2"}', "key_repeated"),
        (b'{"' + b"k" * 5000 + b'": 1}', "key_unknown"),
        (b'{"\\ud800": 1}', "key_unknown"),
        (b'{"principal": 1e999999999}', "amount_not_a_number"),
        (b'{"principal": "1", "annual_rate_pct": 1e-400000}', "value_not_a_number"),
        (b" " * (LONGEST_LINE + 1), "line_too_long"),
    ],
    ids=range(20),
)
def test_a_line_that_is_no_object_is_answered_in_its_place(raw: bytes, code: str) -> None:
    good = json.dumps(LINE).encode()
    status, answers = run(b"\n".join((good, raw, good)) + b"\n")
    assert status == 1
    assert [found.get("error", {}).get("code") for found in answers] == [None, code, None]


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault() -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(LINE).encode() + b"\r\n"
    assert run(raw * 2) == (0, [answer(), answer()])


def test_nothing_in_is_nothing_out() -> None:
    assert run(b"") == (0, [])


def test_lines_are_answered_as_they_come() -> None:
    """Streaming: the first answer is out before the second line is read."""
    out = io.BytesIO()

    class Watched(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            seen.append(out.getvalue().count(b"\n"))
            return super().readline(size)

    seen: list[int] = []
    run_json_lines(quoted, Watched((json.dumps(LINE) + "\n").encode() * 3), out)
    assert seen == [0, 1, 2, 3]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(KEYS)), JSON, max_size=4))
def test_whatever_a_key_holds_the_line_is_answered(changes: dict[str, Any]) -> None:
    status, (found,) = run(json.dumps(LINE | changes).encode())
    assert status == ("error" in found)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=60).filter(lambda raw: b"\n" not in raw), min_size=1, max_size=4))
def test_whatever_the_bytes_each_line_has_its_answer(lines: list[bytes]) -> None:
    status, answers = run(b"\n".join(lines) + b"\n")
    assert len(answers) == len(lines)
    assert status == 1
