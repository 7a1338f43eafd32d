"""What people type is planted in every field of every page; then the logs, the answers to strangers, the data folder, the folder of
temporary files and every column of the database are swept: it stands where it is declared here, and nowhere else.
"""

import io
import tempfile
from collections import Counter
from collections.abc import Mapping
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
from tests import checked_client
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.filled_forms import found_forms
from tests.integration.web.test_access import cells, client_of
from tests.integration.web.test_hostile_forms import FIELDS
from tests.integration.web.worlds import World, build_world, form_token
from tests.spelt_words import forms_of, found_in, words_in

MOBILE, WORDS = "13912345678", "植入的话"
PLANTED = f"{WORDS}，电话 {MOBILE}"
DECLARED = frozenset(
    {
        "agency.name",
        "agency.phone",
        "agency.registration_number",
        "incident.texts",
        "incident_notice.body",
    }
)
"""Columns that hold what somebody wrote and that names nobody: who an agency is, what happened to whose data, both to be published."""
GIVEN: Mapping[str, Mapping[str, str]] = {"review.send_agency": {"contract_from": "2026-11-01"}}
"""What a form needs besides, so that what it says is in force today."""
PUBLISHED = frozenset({"/agencies"})
"""Pages that show strangers what an administrator or a supervisor typed to be shown: the names of agencies."""
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
        and found_in(path.read_bytes(), {word: forms_of(word) for word in words})
    ]


@pytest.mark.personal_data("looks itself where each word stands, an incident's own columns among them")
def test_what_was_planted_stands_nowhere_but_where_it_may(
    app: Flask,
    world: World,
    database: Database,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    said, sent = io.StringIO(), Counter[str]()
    configure_logs(said)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    # Each of these pages is looked at by other tests.
    monkeypatch.setattr(checked_client, "_check", lambda *_: None)
    for who in ("nobody", "owner", *Role):
        client, found = client_of(app, world, who), found_forms(app, world, [who])
        for cell in (cell for cell in cells(app, world) if cell.method == "POST"):
            if cell.endpoint.endswith("sign_out") or cell.expected(who) != "in":
                continue
            form = found.get(cell.endpoint)
            fields = (
                form.filled(PLANTED, GIVEN.get(cell.endpoint))
                if form
                else dict.fromkeys((*FIELDS, "body"), PLANTED)
            )
            client.post(cell.path, data=fields | {"csrf_token": form_token(client, cell.path)})
            sent[who] += 1
    stranger = client_of(app, world, "stranger")
    pages = {cell.path for cell in cells(app, world) if cell.method == "GET"}
    words = (MOBILE, WORDS)
    stands: Mapping[str, object] = {
        "logs": set(words_in(said.getvalue(), *words)),
        "pages": {path for path in pages if words_in(stranger.get(path).get_data(as_text=True), *words)},
        "files": set(files_with(config.data_dir, words, Path(database.url.rpartition("/")[2]))),
        "columns": columns_with(database, words),
    }
    assert min(sent.values()) > 5
    assert stands == {"logs": set(), "pages": PUBLISHED, "files": set(), "columns": DECLARED}
    assert opened_with(database, words) >= ARRIVED
