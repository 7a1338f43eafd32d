"""Whether an id or a reference is one of many, said to either database as one value: a parameter each costs more than the answer."""

import json
from collections.abc import Callable, Collection, Sequence
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


class _Texts(UserDefinedType[Collection[str]]):
    """As an array where there are any, else as a JSON list."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[str] | None], Any]:
        form: Callable[[Collection[str]], Any] = list if dialect.name == "postgresql" else _json
        return lambda texts: form(texts or ())


def _json(texts: Collection[str]) -> str:
    return json.dumps(list(texts))


class is_one_of(GenericFunction[bool]):  # noqa: N801 - reads as the function that it is in a statement
    """``is_one_of(column, many(ids))``."""

    type = Boolean()
    inherit_cache = True


def many(ids: Sequence[int]) -> Any:
    return bindparam("ids", ids, type_=_Ids(), unique=True)


class is_among(GenericFunction[bool]):  # noqa: N801 - reads as the function that it is in a statement
    """``is_among(column, many_texts(references))``."""

    type = Boolean()
    inherit_cache = True


def many_texts(texts: Collection[str]) -> Any:
    return bindparam("texts", texts, type_=_Texts(), unique=True)


@compiles(is_one_of, "postgresql")
def _in_array(element: is_one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY (CAST({ids} AS BIGINT[])))"


@compiles(is_among, "postgresql")
def _in_texts(element: is_among, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY (CAST({texts} AS TEXT[])))"


@compiles(is_one_of, "sqlite")
@compiles(is_among, "sqlite")
def _in_json(element: "is_one_of | is_among", compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({ids})))"  # nosec B608  # noqa: S608 - a column and a parameter's place
