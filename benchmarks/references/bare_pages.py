"""A bare Flask page beside one of ours: the same statements through the driver alone, the same bytes from a template that gets its
values ready-made. No ORM, no forms, no translations, no sums.
"""

import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from flask import Flask, request
from jinja2 import Environment
from sqlalchemy import make_url

from benchmarks.recorded_statements import Statement

_VALUE: Final = re.compile(r'(?<=name="csrf_token" value=")[^"]+|[0-9a-f]{32}|\d[\d,.]*')
_MARK: Final = "\0"


@dataclass(frozen=True, slots=True)
class Known:
    """What one person's page asks, and the values that it shows."""

    statements: Sequence[Statement]
    values: Sequence[str]
    template: int = 0
    writes: bool = False


def split_page(page: str) -> tuple[str, Sequence[str]]:
    """The page without its values, and these: numbers, ids and the token of its forms."""
    return _VALUE.sub(_MARK, page), _VALUE.findall(page)


def template_of(skeleton: str) -> str:
    """A Jinja template of a page without its values; they are ``v``."""
    parts = re.sub(r"(\{[{%#])", r"{{ '\1' }}", skeleton).split(_MARK)
    return parts[0] + "".join(f"{{{{ v[{place}] }}}}{part}" for place, part in enumerate(parts[1:]))


def bare_pages(
    url: str, cookie: str, templates: Sequence[str], known: Mapping[str, Mapping[str, Known]]
) -> Flask:
    """``known``: by the value of ``cookie``, then by path. each names one of ``templates``."""
    app, database = Flask("bare"), Driver(url)
    environment = Environment(autoescape=True, keep_trailing_newline=True)
    drawn = [environment.from_string(text) for text in templates]

    def show(path: str) -> str:
        of_person = known[request.cookies[cookie]][f"/{path}"]
        database.ask(of_person.statements, writes=of_person.writes)
        return drawn[of_person.template].render(v=of_person.values)

    app.add_url_rule("/", "home", lambda: show(""), methods=["GET", "POST"])
    app.add_url_rule("/<path:path>", "page", show, methods=["GET", "POST"])
    return app


class Driver:
    """A connection a thread, kept open, on SQLite as durable as ours."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._kept = threading.local()

    def ask(self, statements: Sequence[Statement], *, writes: bool = False) -> None:
        """One transaction; every row that there is to fetch is fetched."""
        connection = self._connection()
        if isinstance(connection, sqlite3.Connection):
            connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        for statement in statements:
            cursor = connection.execute(statement.words, statement.parameters)
            if cursor.description is not None:
                cursor.fetchall()
        if writes:
            connection.commit()
        else:
            connection.rollback()

    def _connection(self) -> Any:
        if not hasattr(self._kept, "connection"):
            self._kept.connection = _opened(self._url)
        return self._kept.connection


def _opened(url: str) -> Any:
    if url.startswith("postgresql"):
        return psycopg.connect(url)
    name = make_url(url).database
    assert name is not None
    connection = sqlite3.connect(name, timeout=30, isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
