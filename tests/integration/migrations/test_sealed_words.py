"""What people wrote before it was sealed is sealed by the migration, step by step, and comes back when it is taken down."""

from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.orm import Session

from portal.adapters.data_keys import new_key_line
from portal.db import migrate, migrate_down, transaction
from portal.models import TypedDraft
from portal.queries.key_uses import SEALED_TABLES
from tests.databases import Database
from tests.integration.web.conftest import SECRET_KEY
from tests.people import NOW, add_cast, add_loan
from tests.written_words import SAID, in_clear, opened, say_everything, words_of_all

MANY = 501
"""More than go in one step."""
WAS_IN = {"hold.note": "hold.reason"}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What borrowers attached stood under it before 0060."""
    monkeypatch.setenv("PORTAL_SECRET_KEY", SECRET_KEY)


def read(session: Session) -> dict[str, list[dict[str, object]]]:
    return {
        model.__tablename__: sorted((dict(row.texts()) for row in session.scalars(select(model))), key=repr)
        for model in SEALED_TABLES
    }


def test_words_are_sealed_and_opened_again(database: Database) -> None:
    with transaction(database.engine) as session:
        cast = add_cast(session)
        say_everything(session, cast, add_loan(session, cast.li_na))
        drafts = [
            {"borrower_id": cast.li_na.id, "path": f"/{n}", "fields": {"n": str(n)}, "saved_at": NOW}
            for n in range(MANY)
        ]
        session.execute(insert(TypedDraft), list(map(TypedDraft.insertable, drafts)))
    with transaction(database.engine, writes=False) as session:
        before = read(session)
    database.engine.dispose()
    migrate_down(database.url, "0057")
    with database.engine.connect() as connection:
        for place in words_of_all():
            table, _, column = WAS_IN.get(place, place).partition(".")
            rows = connection.execute(text(f'SELECT "{column}" FROM "{table}"')).scalars().all()
            assert any(form in str(row) for row in rows for form in (SAID, ascii(SAID)[1:-1])), place
            assert None not in rows, place
        assert "data_key" not in {column["name"] for column in inspect(connection).get_columns("message")}
    database.engine.dispose()
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        assert read(session) == before
        assert opened(session) == words_of_all()
        assert list(in_clear(session)) == []


def test_nothing_is_sealed_under_another_key_than_people_stand_under(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell without the service's settings: the words stay as they are, and the right shell goes on."""
    with transaction(database.engine) as session:
        cast = add_cast(session)
        say_everything(session, cast, add_loan(session, cast.li_na))
    database.engine.dispose()
    migrate_down(database.url, "0057")
    with monkeypatch.context() as elsewhere:
        other = tmp_path / "other.keys"
        other.write_text(f"{new_key_line('other')}\n{new_key_line('index:other')}\n")
        other.chmod(0o600)
        elsewhere.setenv("PORTAL_DATA_KEYS", str(other))
        with pytest.raises(RuntimeError, match="nothing was changed"):
            migrate(database.url)
    with database.engine.connect() as connection:
        assert SAID in connection.execute(text("SELECT body FROM message")).scalars().all()
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0057"
    database.engine.dispose()
    migrate(database.url)
    with transaction(database.engine, writes=False) as session:
        assert opened(session) == words_of_all()
