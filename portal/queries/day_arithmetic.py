"""Days between two dates, said to either database in its own words."""

from typing import Any

from sqlalchemy import Integer
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
