"""After each test: the people of the tests stand in the clear in no log line, on no error page, in no figure and in no file that was
left, and in no row of either database, whatever the test was about.

Looked at are: log lines where they are put together, wherever they then go; what pytest caught of standard error, and what other
programs said there; the labels of what is counted; answers that are errors; files in the folders that pytest gave the test and in the
folder of temporary files, packed ones opened, the SQLite database among them; and all rows of the PostgreSQL database, before it is
emptied. A test that leaves such a thing on purpose is marked ``personal_data`` with the reason. ``-p no:sweep`` leaves it all away.
"""

import gzip
import logging
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import psycopg
import pytest
import structlog
from flask import Response, request, request_finished
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics import MetricWrapperBase
from psycopg.sql import SQL, Identifier, Literal
from werkzeug.exceptions import HTTPException

from tests.databases import PostgresqlTemplate, SqliteTemplate
from tests.emptying import Look
from tests.spelt_words import Words, forms_of, found_in

PEOPLE: Final = (
    *("李娜", "王强"),
    *("13800138001", "13800138002", "13700137007", "13912345678"),
    *("6222021234567890123", "植入的话", "植入的心里话"),
)
"""Borrowers of the cast, their numbers and new ones, a card's, and what is planted (`test_planted_data.py`, `written_words.py`)."""
STAFF: Final = ("陈晨", "周敏", "吴岩", "郑浩", "孙浩", "何静", "林悦")
"""Logs name nobody; a database names who works there."""
GIVEN: Final = frozenset({"borrowers.csv", "borrowers.csv.gz", "messages.pot"})
"""The lender's own file, which tests hand in; and the strings of the demo's page of people."""
NOT_OURS: Final = ("portal-pg-", "portal-disk-")
"""In the folder of temporary files: servers that tests started, whose rows are looked at as rows."""
IN_THE_CLEAR: Final = frozenset({"demo_message"})
"""Tables that keep people's numbers as they are: what the demo shows instead of sending it."""
ERRORS: Final = frozenset({400, 403, 404, 405, 413, 429, 500, 502, 503})
"""Other answers above 400 show a form again to who filled it in."""

IN_FILES: Final[Words] = {word: forms_of(word) for word in PEOPLE}
IN_LOGS: Final[Words] = {**IN_FILES, **{word: forms_of(word) for word in STAFF}}
IN_ROWS: Final[Words] = {
    word: (*forms, *(form.hex().encode() for form in forms)) for word, forms in IN_FILES.items()
}
"""PostgreSQL writes bytes out by their numbers."""


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def opened(path: Path) -> bytes:
    """As it is, and what was packed within it."""
    body = path.read_bytes()
    if body.startswith(b"\x1f\x8b"):
        try:
            return gzip.decompress(body)
        except (OSError, EOFError):
            return body
    if body.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(path) as packed:
                return body + b"".join(packed.read(name) for name in packed.namelist())
        except (zipfile.BadZipFile, RuntimeError):
            return body
    return body


PAGE: Final = 4096


def _file_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix("-wal"))


def is_database(path: Path) -> bool:
    """Of SQLite, or what is written beside one before it gets into it."""
    file = _file_of(path)
    return file.is_file() and file.read_bytes()[:16] == b"SQLite format 3\0"


def without(template: bytes, body: bytes) -> bytes:
    """The pages of a database that a test wrote."""
    each = range(0, len(body), PAGE)
    return b"".join(body[at : at + PAGE] for at in each if body[at : at + PAGE] != template[at : at + PAGE])


def in_rows(connection: psycopg.Connection, tables: Sequence[str]) -> Iterator[str]:
    """Who stands in which of the tables, however it is kept there."""
    looked = [name for name in tables if name not in IN_THE_CLEAR]
    one = SQL("SELECT {}, a_row::text FROM {} AS a_row")
    each = SQL(" UNION ALL ").join(one.format(Literal(name), Identifier(name)) for name in looked)
    rows: dict[str, list[str]] = {}
    for name, said in connection.execute(each) if looked else ():
        rows.setdefault(name, []).append(said)
    for name, said in rows.items():
        # A row's own spelling has each backslash twice.
        text = "\n".join(said).replace("\\\\", "\\").encode()
        yield from (f"{word}: a row of {name}" for word in found_in(text, IN_ROWS))


class _Others(logging.Handler):
    """What libraries log. (Flask's own logger hands nothing on, to whom pytest listens all the same.)"""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "portal":
            self._lines.append(self.format(record))


class Sweep:
    """The plugin."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.labels: set[str] = set()
        self.known: set[str] = set()
        self.folders: list[Path] = []
        self.rows: list[str] = []
        self.watched: list[list[Look]] = []
        self.told: set[Path] = set()
        self.template = b""
        self.is_due = False
        self.seconds, self.tests, self.began = 0.0, 0, 0.0
        self.of_all: list[tuple[int, float, float]] = []
        self._patch = pytest.MonkeyPatch()
        self._temporary = Path()
        self._others = _Others(self.lines)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.began = time.process_time()
        self._listen()
        if getattr(session.config.option, "dist", "no") == "no" or hasattr(session.config, "workerinput"):
            # Who hands tests out runs none, and those who do inherit its variables.
            self._look_where_temporary_files_lie()

    def _look_where_temporary_files_lie(self) -> None:
        usual = tempfile.gettempdir()
        self._temporary = Path(tempfile.mkdtemp(prefix="portal-swept-"))
        # A database server that a test starts runs as somebody else, and has its folder here.
        self._temporary.chmod(0o711)
        self._patch.setenv("PYTEST_DEBUG_TEMPROOT", os.environ.get("PYTEST_DEBUG_TEMPROOT", usual))
        self._patch.setenv("TMPDIR", str(self._temporary))
        self._patch.setattr(tempfile, "tempdir", str(self._temporary))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._patch.undo()
        request_finished.disconnect(self._answered)
        logging.getLogger().removeHandler(self._others)
        for looks in self.watched:
            looks.remove(self._look_at_rows)
        if self._temporary != Path():
            shutil.rmtree(self._temporary, ignore_errors=True)
        spent = (self.tests, self.seconds, time.process_time() - self.began)
        worker = getattr(session.config, "workeroutput", None)
        if worker is None:
            self.of_all.append(spent)
        else:
            worker["sweep"] = spent

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if spent := getattr(node, "workeroutput", {}).get("sweep"):
            self.of_all.append(tuple(spent))

    def _listen(self) -> None:
        request_finished.connect(self._answered)
        logging.getLogger().addHandler(self._others)
        self._hear(
            structlog.processors.JSONRenderer, "__call__", lambda line, *_: self.lines.append(str(line))
        )
        self._hear(MetricWrapperBase, "labels", lambda _, *said: self._label(*said))
        self._hear(GaugeMetricFamily, "add_metric", lambda _, labels, *__: self._label(*labels))
        self._hear(pytest.TempPathFactory, "mktemp", lambda folder, *_: self.folders.append(folder))
        self._hear(
            subprocess.CompletedProcess,
            "__init__",
            lambda _, *said: self.lines.append(_text(said[3] if len(said) > 3 else b"")),
        )

    def _hear(self, owner: type, name: str, note: Callable[..., object]) -> None:
        own: Callable[..., Any] = getattr(owner, name)

        def heard(this: Any, *args: Any, **kwargs: Any) -> Any:
            made = own(this, *args, **kwargs)
            note(made, *args, *kwargs.values())
            return made

        self._patch.setattr(owner, name, heard)

    def _label(self, *labels: object) -> None:
        self.labels.update(map(str, labels))

    def _answered(self, _app: object, response: Response, **_: object) -> None:
        if response.status_code in ERRORS and not (response.is_streamed or response.direct_passthrough):
            typed = f"{unquote(request.full_path)} {_sent()}"
            self.errors += [
                f"{word}: an answer {response.status_code} of {request.endpoint}"
                for word in found_in(response.get_data(), IN_FILES)
                if word not in typed
            ]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self) -> Generator[None, Any, Any]:
        made = yield
        if isinstance(made, SqliteTemplate):
            self.template = made.file.read_bytes()
        if isinstance(made, PostgresqlTemplate):
            self.watched.append(made.emptying.looks)
            made.emptying.looks.append(self._look_at_rows)
        return made

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        self.is_due = not item.get_closest_marker("personal_data")

    def _look_at_rows(self, connection: psycopg.Connection, tables: Sequence[str]) -> None:
        if self.is_due:
            began = time.process_time()
            self.rows += in_rows(connection, tables)
            self.seconds += time.process_time() - began

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "teardown":
            began = time.process_time()
            found = sorted(set(self._found(report))) if self.is_due else []
            for noted in (self.lines, self.errors, self.folders, self.rows):
                noted.clear()
            self.labels.clear()
            self.seconds += time.process_time() - began
            self.tests += self.is_due
            if found and report.passed:
                report.outcome, report.longrepr = "failed", "Stands in the clear:\n" + "\n".join(found)
        return report

    def _found(self, report: pytest.TestReport) -> Iterator[str]:
        yield from self.errors
        yield from self.rows
        said = [("a line of a log", "\n".join(self.lines)), ("a label", "\n".join(self.labels - self.known))]
        said += [each for each in report.sections if each[0].startswith("Captured stderr")]
        self.known |= self.labels
        for name, text in said:
            yield from (f"{word}: {name}" for word in found_in(text.encode("utf-8", "replace"), IN_LOGS))
        for folder in self.folders:
            for path in files_of(folder):
                yield from (f"{word}: {path.relative_to(folder)}" for word in self._in_file(path))
        for path in set(self._left_over()) - self.told:
            if words := self._in_file(path):
                self.told.add(path)
                yield from (f"{word}: a temporary file" for word in words)

    def _left_over(self) -> Iterator[Path]:
        """Files, and folders of files, that nobody took away from where temporary ones lie."""
        for path in self._temporary.iterdir():
            if path.is_dir() and not path.name.startswith(NOT_OURS):
                yield from files_of(path)
            elif path.is_file():
                yield path

    def _in_file(self, path: Path) -> list[str]:
        try:
            found = [] if path.name in GIVEN else found_in(self._own(path), IN_FILES)
            return found_in(self._without_the_clear(path), IN_FILES) if found and is_database(path) else found
        except FileNotFoundError:
            # A program that still runs took it away.
            return []

    def _own(self, path: Path) -> bytes:
        body = opened(path)
        return without(self.template, body) if body.startswith(b"SQLite format 3\0") else body

    def _without_the_clear(self, path: Path) -> bytes:
        """As the database is, but for what it may say in the clear."""
        with closing(sqlite3.connect(_file_of(path))) as own, closing(sqlite3.connect(":memory:")) as copy:
            own.backup(copy)
            copy.execute("PRAGMA secure_delete = ON")
            held = {name for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            for name in IN_THE_CLEAR & held:
                copy.execute(f'DELETE FROM "{name}"')
            copy.commit()
            return without(self.template, copy.serialize())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        tests, seconds, of_all = map(sum, zip(*self.of_all, strict=True)) if self.of_all else (0, 0, 1)
        if tests:
            terminalreporter.write_line(
                f"swept after {tests} tests: {1000 * seconds / tests:.1f} ms each, {100 * seconds / of_all:.1f} % of the processor's time"
            )


def _sent() -> str:
    """What the form said, where it could be read."""
    try:
        return str(request.values.to_dict(flat=False))
    except HTTPException:
        return ""


def _text(said: object) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")
