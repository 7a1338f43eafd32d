"""Whole seconds of instants, said to either database in its own words, and the hour of the day that they lie in."""

from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from portal.domain.figure_periods import Period, offsets_of


class epoch_of(GenericFunction[int]):  # noqa: N801 - reads as the function that it is in a statement
    """Whole seconds since 1970 of an instant, kept as one or written as ISO 8601 with its offset."""

    type = BigInteger()
    inherit_cache = True


@compiles(epoch_of, "postgresql")
def _by_extracting(element: epoch_of, compiler: SQLCompiler, **options: Any) -> str:
    (instant,) = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(floor(extract(epoch FROM CAST({instant} AS TIMESTAMPTZ))) AS BIGINT)"


@compiles(epoch_of, "sqlite")
def _by_formatting(element: epoch_of, compiler: SQLCompiler, **options: Any) -> str:
    (instant,) = (compiler.process(clause, **options) for clause in element.clauses)
    # Given its fractions, strftime rounds: the last microsecond of a day would be the first of the next.
    offset = f"CASE WHEN substr({instant}, -6, 1) IN ('+', '-') THEN substr({instant}, -6) ELSE '' END"
    return f"CAST(strftime('%s', substr({instant}, 1, 19) || {offset}) AS INTEGER)"


def seconds_of(instant: datetime) -> int:
    """The same of an instant at hand."""
    return int(instant.timestamp() // 1)


def hour_of(instant: ColumnElement[datetime], period: Period, zone: tzinfo) -> ColumnElement[int]:
    """The hour of the day (0 to 23) in the zone, of an instant that lies in the period; summer time counts as it was."""
    epoch = epoch_of(instant)
    whens = [(instant < until, epoch + offset) for until, offset in offsets_of(period, zone)]
    local = case(*whens, else_=epoch) if len(whens) > 1 else whens[0][1]
    hour: ColumnElement[int] = (local % 86_400) // 3_600
    return hour
