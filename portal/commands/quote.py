"""``portal quote``: repayment schedules from JSON lines. It never moves a date for a holiday."""

from collections.abc import Mapping
from typing import Any, Final

import click

from portal.commands.json_fields import JsonFields
from portal.commands.json_lines import main
from portal.domain.calendar import Every
from portal.domain.day_counts import DayCount
from portal.domain.money import exponent_of, format_minor
from portal.domain.rounding import Rounding
from portal.domain.schedules import (
    Amortisation,
    Convention,
    InterestMethod,
    ScheduleRow,
    ScheduleTerms,
    schedule_of,
)

KEYS: Final = frozenset(
    (
        "currency",
        "principal",
        "annual_rate_pct",
        "installments",
        "every",
        "disbursed_on",
        "first_due_on",
        "day_count",
        "amortisation",
        "interest_method",
        "rounding",
        "multiple",
        "grace_principal",
        "grace_interest",
    )
)


@click.command()
def quote() -> None:
    """Read one JSON object a line on standard input, write its schedule as one a line.

    A line that cannot be used is answered with its error, in its place; the exit status is then 1.
    """
    main(quoted)


def quoted(line: dict[str, Any]) -> Mapping[str, Any]:
    """The schedule of one line; money as decimal text of the currency."""
    terms = _terms(JsonFields(line, known=KEYS))
    schedule, currency = schedule_of(terms), terms.currency
    return {
        "rows": [_row(row, currency) for row in schedule.rows],
        "total_due": format_minor(schedule.total_due, currency),
        "total_interest": format_minor(schedule.total_interest, currency),
    }


def _terms(fields: JsonFields) -> ScheduleTerms:
    currency = fields.text("currency", "CNY")
    exponent_of(currency)
    return ScheduleTerms(
        currency=currency,
        principal=fields.minor("principal", currency),
        annual_rate_pct=fields.decimal("annual_rate_pct"),
        installments=fields.integer("installments"),
        every=Every.parse(fields.text("every", "1 month")),
        disbursed_on=fields.day("disbursed_on"),
        first_due_on=fields.optional_day("first_due_on"),
        convention=_convention(fields),
    )


def _convention(fields: JsonFields) -> Convention:
    return Convention(
        day_count=fields.choice("day_count", DayCount, DayCount.THIRTY_360),
        amortisation=fields.choice("amortisation", Amortisation, Amortisation.EQUAL_INSTALLMENT),
        interest_method=fields.choice("interest_method", InterestMethod, InterestMethod.DECLINING),
        rounding=fields.choice("rounding", Rounding, Rounding.HALF_EVEN),
        multiple=fields.optional_integer("multiple"),
        grace_principal=fields.integer("grace_principal", 0),
        grace_interest=fields.integer("grace_interest", 0),
    )


def _row(row: ScheduleRow, currency: str) -> Mapping[str, Any]:
    return {
        "number": row.number,
        "due_on": row.due_on.isoformat(),
        "principal": format_minor(row.principal, currency),
        "interest": format_minor(row.interest, currency),
        "due": format_minor(row.due, currency),
        "balance": format_minor(row.balance, currency),
    }
