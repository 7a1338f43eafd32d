"""Whether a database stands at the newest migration is known without loading what migrates."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal.db import MIGRATIONS, is_newest, make_engine, migrate, migrate_down, transaction
from portal.domain.policy import HardshipReason
from portal.models import Decision, Question
from tests.databases import Database
from tests.desk import Approver
from tests.people import add_cast, add_loan
from tests.stories import Story, send_out


def test_a_migrated_database_stands_at_the_newest(database: Database) -> None:
    assert is_newest(database.engine)


def test_one_that_went_a_step_back_does_not(database: Database) -> None:
    migrate_down(database.url, "-1")
    assert not is_newest(database.engine)


def test_one_with_a_question_in_it_goes_down_and_up_again(database: Database) -> None:
    """SQLite builds a table anew to change it, while other tables' rows refer to the one that goes."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        Approver(session, cast.zhou_min, story).take().ask()
        send_out(session, now=story.now)
    migrate_down(database.url, "0018")
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        assert session.get(Decision, session.scalars(select(Question.decision_id)).one())
    with pytest.raises(IntegrityError), transaction(database.engine) as session:
        session.execute(delete(Decision))


def test_an_empty_one_does_not(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert not is_newest(engine)
    engine.dispose()


OF_THE_DATABASE = (
    "portal/db.py",
    "portal/config.py",
    "portal/failpoints.py",
    "portal/adapters/data_keys.py",
    "portal/domain/canonical_json.py",
    "portal/domain/message_budgets.py",
    "portal/models/keyring.py",
)
"""What ``portal.db`` is made of."""


def test_what_is_put_beside_a_running_program_is_not_its_own(tmp_path: Path) -> None:
    """Files of the next version may lie there before the process is started anew."""
    for path in OF_THE_DATABASE:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((MIGRATIONS.parent / path).read_bytes())
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_first.py").touch()
    program = """
import sys
sys.path.insert(0, ".")
from portal.db import MIGRATIONS, newest_migration
(MIGRATIONS / "0002_second.py").touch()
print(newest_migration())
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "0001", done.stderr


def test_a_server_starts_without_what_only_some_of_its_work_needs() -> None:
    program = """
import sys
from portal import Config, create_app
create_app(Config(database_url="sqlite://", secret_key="x" * 40))
print([name for name in ("alembic", "holidays", "pyhanko", "weasyprint") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
