"""Whether a database stands at the newest migration is known without loading what migrates."""

import subprocess
import sys
from pathlib import Path

from portal.db import is_newest, make_engine, migrate_down
from tests.databases import Database


def test_a_migrated_database_stands_at_the_newest(database: Database) -> None:
    assert is_newest(database.engine)


def test_one_that_went_a_step_back_does_not(database: Database) -> None:
    migrate_down(database.url, "-1")
    assert not is_newest(database.engine)


def test_an_empty_one_does_not(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert not is_newest(engine)
    engine.dispose()


def test_a_server_starts_without_what_only_some_of_its_work_needs() -> None:
    program = """
import sys
from portal import Config, create_app
create_app(Config(database_url="sqlite://", secret_key="x" * 40))
print([name for name in ("alembic", "holidays", "pyhanko", "weasyprint") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
