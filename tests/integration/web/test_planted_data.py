"""What people type is planted in every field of every page; then the logs, the answers to strangers, the data folder, the folder of
temporary files and every column of the database are swept: it stands where it is declared here, and nowhere else.
"""

import io
import tempfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, select

from portal.adapters.logs import configure_logs
from portal.config import Config
from portal.db import transaction
from portal.domain.permissions import Role
from portal.models import Base
from portal.queries.key_uses import SEALED_TABLES
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import cells, client_of
from tests.integration.web.test_hostile_forms import forms
from tests.integration.web.worlds import World, build_world, form_token

MOBILE, WORDS = "13912345678", "植入的话"
PLANTED = f"{WORDS}，电话 {MOBILE}"
DECLARED = frozenset(
    {
        "incident.texts",
        "incident_notice.body",
    }
)
"""Columns that hold what somebody wrote to us and that names nobody: what happened to whose data, to be published."""
ARRIVED = frozenset({"message.body"})
"""Texts that what was planted got into, and that are read with the keys alone."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


def columns_with(database: Database, words: tuple[str, ...]) -> set[str]:
    """Bytes are read as text as far as they are: what is encrypted or drawn holds none of it in the clear."""
    found = set()
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                for value in connection.scalars(select(column)):
                    is_bytes = isinstance(column.type, LargeBinary) and isinstance(value, bytes)
                    text = value.decode("utf-8", "ignore") if is_bytes else str(value)
                    if any(word in text for word in words):
                        found.add(f"{table.name}.{column.name}")
    return found


def opened_with(database: Database, words: tuple[str, ...]) -> set[str]:
    """Sealed texts, read as the portal reads them."""
    with transaction(database.engine, writes=False) as session:
        return {
            f"{model.__tablename__}.{name}"
            for model in SEALED_TABLES
            for row in session.scalars(select(model))
            for name, said in row.texts().items()
            if any(word in str(said) for word in words)
        }


def files_with(folder: Path, words: tuple[str, ...], but: Path) -> list[str]:
    """Files that are open to us, the database's own left out."""
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.startswith(but.name)
        and any(word.encode() in path.read_bytes() for word in words)
    ]


def test_what_was_planted_stands_nowhere_but_where_it_may(
    app: Flask,
    world: World,
    database: Database,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    said, sent = io.StringIO(), 0
    configure_logs(said)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    for who in ("nobody", "owner", Role.SUPERVISOR):
        client = client_of(app, world, who)
        for cell in (cell for cell in cells(app, world) if cell.method == "POST"):
            if cell.endpoint.endswith("sign_out") or cell.expected(who) != "in":
                continue
            kept = forms(client, cell)
            fields = {name: value or PLANTED for name, value in kept.items()}
            client.post(
                cell.path, data=fields | {"body": PLANTED, "csrf_token": form_token(client, cell.path)}
            )
            sent += 1
    stranger = client_of(app, world, "stranger")
    pages = [cell.path for cell in cells(app, world) if cell.method == "GET"]
    answers = [stranger.get(path).get_data(as_text=True) for path in pages]
    words = (MOBILE, WORDS)
    assert sent > 50
    assert [word for word in words if word in said.getvalue()] == []
    assert sum(word in page for word in words for page in answers) == 0
    assert files_with(config.data_dir, words, Path(database.url.rpartition("/")[2])) == []
    assert columns_with(database, words) == DECLARED
    assert opened_with(database, words) >= ARRIVED
