"""What the sweep after each test finds: people in a log line, however it is spelt, in a figure, on an error page, in a file or a row."""

from pathlib import Path

import pytest

from tests.databases import PostgresqlTemplate
from tests.sweep import Sweep

BODY = """
import gzip, logging, sqlite3, subprocess, sys, tempfile, flask, structlog, prometheus_client, pytest
from portal.adapters.logs import configure_logs

@pytest.fixture(autouse=True)
def logs():
    configure_logs()

def test_clean(tmp_path):
    structlog.get_logger().info("said", who="nobody")
    (tmp_path / "data").write_text("nobody")

def test_name_in_a_line():
    structlog.get_logger().info("said", who="李娜")

def test_staff_in_a_line():
    structlog.get_logger().info("said", who="周敏")

def test_number_in_a_line_that_went_elsewhere(tmp_path):
    with open(tmp_path / "log", "w") as stream:
        configure_logs(stream)
        structlog.get_logger().info("said", mobile="+8613800138001")
    (tmp_path / "log").unlink()

def test_number_on_standard_error():
    print("13800138001", file=sys.stderr)

def test_number_on_standard_error_of_another_program():
    subprocess.run([sys.executable, "-c", "import sys; sys.exit('13800138001')"], capture_output=True)

def test_name_that_a_library_logs():
    logging.getLogger("sqlalchemy").warning("row %s", "李娜")

def test_number_in_a_label():
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.Counter("one", "One.", ["of"], registry=registry).labels("13800138001").inc()

def test_name_on_an_error_page():
    app = flask.Flask("one")
    app.register_error_handler(404, lambda error: ("nothing about 李娜", 404))
    app.test_client().get("/nowhere")

def test_name_that_was_typed_into_the_address():
    app = flask.Flask("one")
    app.register_error_handler(404, lambda error: ("nothing at /李娜", 404))
    app.test_client().get("/李娜")

def test_temporary_file_left():
    with tempfile.NamedTemporaryFile(delete=False, suffix=".left") as left:
        left.write("李娜".encode())

def test_packed_file_left(tmp_path):
    (tmp_path / "export.gz").write_bytes(gzip.compress("李娜".encode()))

def test_book_handed_in(tmp_path):
    (tmp_path / "borrowers.csv").write_text("李娜")

def test_file_left(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "letter").write_text("李娜")

def test_database_left(tmp_path):
    with sqlite3.connect(tmp_path / "portal.sqlite3") as database:
        database.execute("CREATE TABLE one (said)")
        database.execute("INSERT INTO one VALUES ('王强')")
    database.close()

def test_number_where_the_demo_shows_it(tmp_path):
    with sqlite3.connect(tmp_path / "portal.sqlite3") as database:
        database.execute("CREATE TABLE demo_message (mobile)")
        database.execute("INSERT INTO demo_message VALUES ('13800138001')")
    database.close()

def test_number_where_the_demo_shows_it_and_elsewhere(tmp_path):
    with sqlite3.connect(tmp_path / "portal.sqlite3") as database:
        database.execute("PRAGMA journal_mode = WAL")
        for name in ("demo_message", "one"):
            database.execute(f"CREATE TABLE {name} (mobile)")
            database.execute(f"INSERT INTO {name} VALUES ('13800138001')")
    database.close()

@pytest.mark.personal_data("to be seen")
def test_on_purpose(tmp_path):
    (tmp_path / "letter").write_text("李娜")
"""

ROWS = """
import psycopg, pytest

@pytest.fixture
def database(postgresql_template):
    with postgresql_template.copied() as database:
        with psycopg.connect(database.url.replace("postgresql+psycopg:", "postgresql:"), autocommit=True) as connection:
            yield connection

def lends(database, name):
    database.execute("INSERT INTO creditor (name, lender_type, phone, address) VALUES (%s, 'bank', '', '')", [name])

def waits(database, payload):
    database.execute(
        "INSERT INTO outbox (kind, dedupe_key, payload, state, made_at, due_at, attempts, is_bulk) "
        "VALUES ('one', 'one', %s, 'open', now(), now(), 0, false)",
        [payload],
    )

def test_clean(database):
    lends(database, "nobody")

def test_name_in_a_column_that_is_not_sealed(database):
    lends(database, "for 李娜")

def test_name_in_json(database):
    waits(database, '{"who": "王强"}')

def test_name_as_json_spells_it(database):
    lends(database, '{"who": "\\\\u738b\\\\u5f3a"}')

def test_number_in_the_bytes_of_a_table_of_its_own(database):
    database.execute("CREATE TABLE one (said bytea)")
    database.execute("INSERT INTO one VALUES ('+8613800138001')")

def test_name_in_a_row_that_was_deleted(database):
    lends(database, "李娜")
    database.execute("DELETE FROM creditor")

def test_number_where_the_demo_shows_it(database):
    database.execute("INSERT INTO demo_message (channel, mobile, subject, text, at) VALUES ('sms', '13800138001', '', '', now())")

@pytest.mark.personal_data("to be seen")
def test_on_purpose(database):
    lends(database, "李娜")
"""


class Noted:
    """What became of each test."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self.found[report.nodeid.rpartition("::")[2]] = str(report.longrepr or "")


class Lent:
    """The template of this run, for the one within it."""

    def __init__(self, template: PostgresqlTemplate) -> None:
        self._template = template

    @pytest.fixture
    def postgresql_template(self) -> PostgresqlTemplate:
        return self._template


def found_in(body: str, folder: Path, *plugins: object) -> dict[str, list[str]]:
    """What the sweep says of each test of a module."""
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = personal_data: here")
    (folder / f"{folder.name}.py").write_text(body)
    noted = Noted()
    pytest.main(
        [str(folder), "-q", f"--rootdir={folder}", f"-c{folder / 'pytest.ini'}", "-pno:cacheprovider"],
        plugins=[Sweep(), noted, *plugins],
    )
    return {name: said.splitlines()[1:] for name, said in noted.found.items()}


@pytest.mark.personal_data("the tests within this one leave some, to be found")
def test_what_stands_in_the_clear_is_found_and_said_where(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert found_in(BODY, tmp_path) == {
        "test_clean": [],
        "test_name_in_a_line": ["李娜: Captured stderr call", "李娜: a line of a log"],
        "test_staff_in_a_line": ["周敏: Captured stderr call", "周敏: a line of a log"],
        "test_number_in_a_line_that_went_elsewhere": ["13800138001: a line of a log"],
        "test_number_on_standard_error": ["13800138001: Captured stderr call"],
        "test_number_on_standard_error_of_another_program": ["13800138001: a line of a log"],
        "test_name_that_a_library_logs": ["李娜: a line of a log"],
        "test_number_in_a_label": ["13800138001: a label"],
        "test_name_on_an_error_page": ["李娜: an answer 404 of None"],
        "test_name_that_was_typed_into_the_address": [],
        "test_temporary_file_left": ["李娜: a temporary file"],
        "test_packed_file_left": ["李娜: export.gz"],
        "test_book_handed_in": [],
        "test_file_left": ["李娜: data/letter"],
        "test_database_left": ["王强: portal.sqlite3"],
        "test_number_where_the_demo_shows_it": [],
        "test_number_where_the_demo_shows_it_and_elsewhere": ["13800138001: portal.sqlite3"],
        "test_on_purpose": [],
    }
    assert "swept after 17 tests" in capfd.readouterr().out


@pytest.mark.postgresql
@pytest.mark.personal_data("the tests within this one leave some, to be found")
def test_what_stands_in_the_clear_in_a_row_of_postgresql_is_found(
    tmp_path: Path, postgresql_template: PostgresqlTemplate
) -> None:
    assert found_in(ROWS, tmp_path, Lent(postgresql_template)) == {
        "test_clean": [],
        "test_name_in_a_column_that_is_not_sealed": ["李娜: a row of creditor"],
        "test_name_in_json": ["王强: a row of outbox"],
        "test_name_as_json_spells_it": ["王强: a row of creditor"],
        "test_number_in_the_bytes_of_a_table_of_its_own": ["13800138001: a row of one"],
        "test_name_in_a_row_that_was_deleted": [],
        "test_number_where_the_demo_shows_it": [],
        "test_on_purpose": [],
    }
