"""Days between two dates, and the date so many days before another, said to either database in its own words."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class days_between(GenericFunction[int]):  # noqa: N801 - reads as the function that it is in a statement
    """Whole days from a first date to a last one; below 0 where the last comes first."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "postgresql")
def _by_subtraction(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({last} - {first})"


@compiles(days_between, "sqlite")
def _by_day_numbers(element: days_between, compiler: SQLCompiler, **options: Any) -> str:
    first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


class day_before(GenericFunction[date]):  # noqa: N801
    """The date so many whole days before another."""

    type = Date()
    inherit_cache = True


@compiles(day_before, "postgresql")
def _by_taking_days(element: day_before, compiler: SQLCompiler, **options: Any) -> str:
    day, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({day} AS DATE) - {days})"


@compiles(day_before, "sqlite")
def _by_moving_back(element: day_before, compiler: SQLCompiler, **options: Any) -> str:
    day, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"date({day}, '-' || {days} || ' days')"


class day_after(GenericFunction[date]):  # noqa: N801
    """The date so many whole days after another."""

    type = Date()
    inherit_cache = True


@compiles(day_after, "postgresql")
def _by_adding_days(element: day_after, compiler: SQLCompiler, **options: Any) -> str:
    day, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({day} AS DATE) + ({days}))"


@compiles(day_after, "sqlite")
def _by_moving_on(element: day_after, compiler: SQLCompiler, **options: Any) -> str:
    day, days = (compiler.process(clause, **options) for clause in element.clauses)
    return f"date({day}, '+' || ({days}) || ' days')"


class earliest(GenericFunction[date]):  # noqa: N801
    """The first of some dates, none of which is NULL."""

    type = Date()
    inherit_cache = True


@compiles(earliest, "postgresql")
def _least(element: earliest, compiler: SQLCompiler, **options: Any) -> str:
    return f"least({', '.join(compiler.process(clause, **options) for clause in element.clauses)})"


@compiles(earliest, "sqlite")
def _min(element: earliest, compiler: SQLCompiler, **options: Any) -> str:
    return f"min({', '.join(compiler.process(clause, **options) for clause in element.clauses)})"
