"""Whether an id is one of many, said to either database with one text for all of them."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Boolean, Dialect, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import UserDefinedType


class _Ids(UserDefinedType[Sequence[int]]):
    """As text, of which PostgreSQL reads an array once: its driver takes longer over a list than the server over the question."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Sequence[int] | None], str]:
        form = "{%s}" if dialect.name == "postgresql" else "[%s]"
        return lambda ids: form % ",".join(map(str, ids or ()))


class is_one_of(GenericFunction[bool]):  # noqa: N801 - reads as the function that it is in a statement
    """``is_one_of(column, many(ids))``."""

    type = Boolean()
    inherit_cache = True


def many(ids: Sequence[int]) -> Any:
    return bindparam("ids", ids, type_=_Ids(), unique=True)


@compiles(is_one_of, "postgresql")
def _in_array(element: is_one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY (CAST({ids} AS BIGINT[])))"


@compiles(is_one_of, "sqlite")
def _in_json(element: is_one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({ids})))"  # noqa: S608 - a column and a parameter's place
