"""``portal apr``: annualised cost of dated advances and payments, from JSON lines."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import click

from portal.commands.json_fields import JsonFields
from portal.commands.json_lines import main
from portal.domain.annualised_cost import annualised_cost
from portal.domain.apr_eu import apr_eu
from portal.domain.apr_us_actuarial import apr_us_actuarial
from portal.domain.errors import DomainError
from portal.domain.money import exponent_of

KEYS: Final = frozenset(("method", "advances", "payments", "currency"))
MOST_ROWS: Final = 2000

_SIX_DECIMALS: Final = Decimal("1e-6")
_PAIR: Final = 2


HELP: Final = """\
Read one JSON object a line on standard input, write its annualised cost as one a line.

\b
{"method": "cn_irr", "advances": [["2026-01-05", "10000.00"]],
 "payments": [["2026-02-05", "888.49"], …]}

Percentages have six decimals. "cn_irr" fills annual_compound_pct and annual_simple_pct; "eu" and
"us_actuarial" fill apr_pct; what a method does not define is null. An optional "currency" (CNY) says how
many decimals an amount may have.

\b
cn_irr        equal months: the rate m of a period, k periods a year;
              simple k·m, compound (1 + m)^k - 1. Equal days: the same
              with 365 days a year. Other spacings: compound is XIRR on
              act/365, simple 12·((1 + XIRR)^(1/12) - 1).
eu            whole months counted back from the payment (whole years
              where all is paid once a year), then days of the year
              before them (365 or 366).
us_actuarial  unit-periods of 12 CFR 1026 Appendix J.

A line that cannot be used is answered with its error, in its place; the exit status is then 1.
"""


class Method(StrEnum):
    CN_IRR = "cn_irr"
    EU = "eu"
    US_ACTUARIAL = "us_actuarial"


@click.command(help=HELP)
def apr() -> None:
    main(annualised)


def annualised(line: dict[str, Any]) -> Mapping[str, str | None]:
    """The figures of one line, decimal text; None where the method does not define one."""
    fields = JsonFields(line, known=KEYS)
    method = fields.choice("method", Method)
    currency = fields.text("currency", "CNY")
    exponent_of(currency)
    advances, payments = (_sums(line.get(field), field, currency) for field in ("advances", "payments"))
    match method:
        case Method.CN_IRR:
            cost = annualised_cost(advances, payments)
            return _answer(compound=cost.compound_pct, simple=cost.simple_pct)
        case Method.EU:
            return _answer(apr=apr_eu(advances, payments))
        case Method.US_ACTUARIAL:
            return _answer(apr=apr_us_actuarial(advances, payments))


def _sums(rows: object, field: str, currency: str) -> list[tuple[date, int]]:
    if rows is None:
        raise DomainError("value_missing", field=field)
    if not isinstance(rows, list):
        raise DomainError("rows_not_a_list", field=field)
    if len(rows) > MOST_ROWS:
        raise DomainError("rows_too_many", field=field, maximum=MOST_ROWS)
    return [_sum(row, f"{field}[{number}]", currency) for number, row in enumerate(rows)]


def _sum(row: object, field: str, currency: str) -> tuple[date, int]:
    if not isinstance(row, list) or len(row) != _PAIR:
        raise DomainError("row_unclear", field=field)
    on, amount = (JsonFields({field: value}, known=(field,)) for value in row)
    return on.day(field), amount.minor(field, currency)


def _answer(
    *, compound: Decimal | None = None, simple: Decimal | None = None, apr: Decimal | None = None
) -> Mapping[str, str | None]:
    return {
        "annual_compound_pct": _shown(compound),
        "annual_simple_pct": _shown(simple),
        "apr_pct": _shown(apr),
    }


def _shown(pct: Decimal | None) -> str | None:
    return None if pct is None else format(pct.quantize(_SIX_DECIMALS) + 0, "f")
