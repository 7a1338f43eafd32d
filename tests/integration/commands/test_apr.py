import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from portal.commands.apr import annualised, apr
from portal.commands.json_lines import run_json_lines
from portal.domain.calendar import Every, add_months
from portal.domain.errors import DomainError
from tests.published import Case, published

START = date(2026, 1, 5)
Row = list[str]


def answers(*lines: object) -> tuple[int, list[dict[str, Any]]]:
    written = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    out = io.BytesIO()
    status = run_json_lines(annualised, io.BytesIO("\n".join(written).encode()), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def answer(method: str, advances: list[Row], payments: list[Row]) -> dict[str, Any]:
    status, (only,) = answers({"method": method, "advances": advances, "payments": payments})
    assert status == 0
    return only


def level(first: date, every: str, amount: object, count: int) -> list[Row]:
    return [[Every.parse(every).after(first, n).isoformat(), _text(amount)] for n in range(count)]


def _text(amount: object) -> str:
    return f"{Decimal(str(amount)):.2f}"


def test_the_help_says_what_each_method_fills() -> None:
    shown = CliRunner().invoke(apr, ["--help"])
    assert shown.exit_code == 0
    assert "annual_compound_pct" in shown.output
    assert "us_actuarial  unit-periods" in shown.output


def test_figures_have_six_decimals_and_the_rest_is_null() -> None:
    rows = level(date(2026, 2, 5), "1 month", "1072", 12)
    assert answer("cn_irr", [["2026-01-05", "12000.00"]], rows) == {
        "annual_compound_pct": "13.841785",
        "annual_simple_pct": "13.034224",
        "apr_pct": None,
    }
    for method in ("eu", "us_actuarial"):
        figures = answer(method, [["2026-01-05", "12000.00"]], rows)
        assert figures["annual_compound_pct"] is None
        assert figures["annual_simple_pct"] is None
    assert figures["apr_pct"] == "13.034224"


@pytest.mark.parametrize("case", published("rules", "irr_cn"))
def test_published_chinese_costs(case: Case) -> None:
    given_, want = case["input"], case["expected"]
    plan = given_["payments"]
    amounts = [plan["amount"]] * plan["n"] if isinstance(plan, dict) else plan
    rows = [[add_months(START, n).isoformat(), _text(amount)] for n, amount in enumerate(amounts, 1)]
    figures = answer("cn_irr", [[START.isoformat(), _text(given_["principal"])]], rows)
    assert round(Decimal(figures["annual_simple_pct"]), 2) == Decimal(str(want["annual_simple_percent_2dp"]))
    assert round(Decimal(figures["annual_compound_pct"]), 2) == Decimal(
        str(want["annual_compound_percent_2dp"])
    )


@pytest.mark.parametrize("case", published("rules", "apr_eu"))
def test_published_european_examples(case: Case) -> None:
    given_, start = case["input"], date(2015, 1, 1)
    plan = given_["level"]
    first = date(2015, 1, 15) if plan.get("first_at_years") == "14/365" else date(2015, 2, 1)
    rows = [
        [start.isoformat(), _text(given_["upfront"])],
        *level(first, "1 month", plan["amount"], plan["n"]),
    ]
    rows += [
        [add_months(start, at * 12).isoformat(), _text(amount)] for amount, at in given_.get("extra", [])
    ]
    figures = answer("eu", [[start.isoformat(), _text(amount)] for amount, _ in given_["advances"]], rows)
    want = Decimal(str(case["expected"]["apr_percent"]))
    assert abs(Decimal(figures["apr_pct"]) - want) <= Decimal(str(case["abs_tol_percent"]))


@pytest.mark.parametrize("case", published("rules", "apr_us_actuarial"))
def test_published_american_examples(case: Case) -> None:
    amount, on = case["input"]["advance"]
    plan = case["input"]["payments"]
    if isinstance(plan, list):
        rows = [[payment["on"], _text(payment["amount"])] for payment in plan]
    else:
        rows = level(date.fromisoformat(plan["first"]), plan["every"], plan["amount"], plan["n"])
    figures = answer("us_actuarial", [[on, _text(amount)]], rows)
    assert round(Decimal(figures["apr_pct"]), 2) == Decimal(str(case["expected"]["apr_percent"]))


@pytest.mark.parametrize("case", published("engines", "apr"))
def test_the_long_first_period_of_appendix_j(case: Case) -> None:
    """1 month and 19/30 lie between 10 February and 1 April 1978 (example (c)(1)(ii))."""
    given_ = case["inputs"]
    rows = level(date(1978, 4, 1), "1 month", given_["payment"], given_["n"])
    figures = answer("us_actuarial", [["1978-02-10", _text(given_["amount_advanced"])]], rows)
    assert round(Decimal(figures["apr_pct"]), 2) == Decimal(str(case["expected"]["apr_pct"]))


GOOD = {"method": "eu", "advances": [["2026-01-05", "100"]], "payments": [["2026-02-05", "101"]]}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"method": None}, "value_missing", "method"),
        ({"method": "uk"}, "value_not_a_choice", "method"),
        ({"method": 1}, "value_not_text", "method"),
        ({"methods": 1}, "key_unknown", "methods"),
        ({"currency": "XXX"}, "currency_unknown", "currency"),
        ({"advances": None}, "value_missing", "advances"),
        ({"advances": {}}, "rows_not_a_list", "advances"),
        ({"advances": []}, "advances_missing", "advances"),
        ({"advances": [["2026-01-05", "0"]]}, "amount_not_positive", "advances"),
        ({"advances": [["2026-01-05", "100", 1]]}, "row_unclear", "advances[0]"),
        ({"advances": ["2026-01-05"]}, "row_unclear", "advances[0]"),
        ({"payments": []}, "payments_missing", "payments"),
        ({"payments": [["2026-02-05", "101"]] * 2001}, "rows_too_many", "payments"),
        ({"payments": [["2026-02-05", "101"], ["2026-2-5", "1"]]}, "date_unclear", "payments[1]"),
        ({"payments": [["20260205", "1"]]}, "date_unclear", "payments[0]"),
        ({"payments": [["2026-02-30", "1"]]}, "date_unclear", "payments[0]"),
        ({"payments": [[20260205, "1"]]}, "value_not_text", "payments[0]"),
        ({"payments": [[None, "1"]]}, "value_missing", "payments[0]"),
        ({"payments": [["2026-02-05", None]]}, "value_missing", "payments[0]"),
        ({"payments": [["2026-02-05", "abc"]]}, "amount_not_a_number", "payments[0]"),
        ({"payments": [["2026-02-05", "1e9"]]}, "amount_not_a_number", "payments[0]"),
        ({"payments": [["2026-02-05", "-1"]]}, "amount_negative", "payments[0]"),
        ({"payments": [["2026-02-05", -1]]}, "amount_negative", "payments[0]"),
        ({"payments": [["2026-02-05", "0.001"]]}, "amount_too_precise", "payments[0]"),
        ({"payments": [["2026-02-05", True]]}, "value_not_a_number", "payments[0]"),
        ({"payments": [["2026-02-05", "9" * 40]]}, "amount_too_large", "payments[0]"),
        ({"payments": [["2026-01-04", "101"]]}, "payment_before_advance", "payments"),
        ({"payments": [["2026-01-05", "101"]]}, "rate_undefined", "payments"),
        ({"payments": [["2026-02-05", "0"]]}, "rate_undefined", "payments"),
        ({"payments": [["2026-01-06", "999999"]]}, "rate_too_large", "payments"),
    ],
)
def test_a_line_that_cannot_be_used_says_which_key_and_why(
    change: dict[str, object], code: str, field: str
) -> None:
    status, (first, error, last) = answers(GOOD, {**GOOD, **change}, GOOD)
    assert status == 1
    assert first == last
    assert "apr_pct" in first
    assert error["error"]["code"] == code
    assert error["error"]["field"] == field
    assert error["error"]["message"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "line_not_json"),
        ("nope", "line_not_json"),
        ("[]", "line_not_an_object"),
        ('{"method":"eu","method":"eu"}', "key_repeated"),
        ('{"method":NaN}', "line_not_json"),
        ('{"method":"eu","advances":' + "[" * 5000, "line_not_json"),
        ('{"method":"eu"' + " " * (1 << 20) + "}", "line_too_long"),
    ],
)
def test_a_line_that_is_no_object_is_answered_in_its_place(line: str, code: str) -> None:
    status, (_, error, last) = answers(GOOD, line, GOOD)
    assert (status, error["error"]["code"]) == (1, code)
    assert "apr_pct" in last


def test_full_width_digits_and_json_numbers_are_amounts_too() -> None:
    plain = answer("cn_irr", [["2026-01-05", "123"]], [["2026-02-05", "124.10"]])
    _, (wide, number) = answers(
        {"method": "cn_irr", "advances": [["2026-01-05", "１２３"]], "payments": [["2026-02-05", "124.1"]]},
        {"method": "cn_irr", "advances": [["2026-01-05", 123]], "payments": [["2026-02-05", 124.1]]},
    )
    assert plain == wide == number


@given(
    method=st.sampled_from(["cn_irr", "eu", "us_actuarial"]),
    rows=st.lists(
        st.tuples(st.dates(), st.integers(0, 10**9)).map(lambda row: [row[0].isoformat(), _text(row[1])]),
        max_size=6,
    ),
    split=st.integers(0, 6),
)
def test_any_dates_and_sums_get_figures_or_a_refusal(method: str, rows: list[Row], split: int) -> None:
    line = {"method": method, "advances": rows[:split], "payments": rows[split:]}
    try:
        figures = annualised(line)
    except DomainError as refusal:
        assert refusal.field  # noqa: PT017 - either way out is right, anything else is not
        return
    assert all(value is None or Decimal(value) >= -100 or method != "eu" for value in figures.values())
