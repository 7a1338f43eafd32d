"""Whatever link somebody of the demo is shown leads to a page: links are followed as each of its people sees them."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import create_app
from portal.commands.demo_clock import DemoClock
from portal.commands.demo_people import STAFF
from portal.config import Config
from portal.db import transaction
from portal.models import Borrower, StaffMember
from tests.checked_client import CheckedClient
from tests.databases import Database, PostgresqlTemplate, SqliteTemplate
from tests.demo_worlds import KEY, NOW, SHANGHAI, put_in
from tests.integration.web.worlds import visit

_LINK = re.compile(r'<a\b[^>]*?\shref="([^"#]*)')
_ID = re.compile(r"[0-9a-f]{32}|\d+")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder: Path = tmp_path_factory.mktemp("demo")
    with copied(request, folder) as database:
        put_in(database, folder)
        config = Config(database_url=database.url, secret_key=KEY, data_dir=folder, testing=True)
        app = create_app(config, engine=database.engine, clock=DemoClock(SHANGHAI, NOW))
        app.test_client_class = CheckedClient
        yield app


def copied(request: pytest.FixtureRequest, folder: Path) -> AbstractContextManager[Database]:
    if request.param == "sqlite":
        on_sqlite: SqliteTemplate = request.getfixturevalue("sqlite_template")
        return on_sqlite.copied(folder)
    if not request.config.getoption("--slow"):
        pytest.skip("on PostgreSQL in the long form alone: --slow")
    on_postgresql: PostgresqlTemplate = request.getfixturevalue("postgresql_template")
    return on_postgresql.copied()


@pytest.fixture
def reading(app: Flask) -> Iterator[Session]:
    with transaction(app.extensions["portal"].engine, writes=False) as session:
        yield session


@pytest.mark.parametrize("who", [each.login for each in STAFF])
def test_no_link_of_the_desk_leads_nowhere(app: Flask, reading: Session, who: str) -> None:
    member = reading.scalars(select(StaffMember).where(StaffMember.login == who)).one()
    assert followed(visit(app, staff=member.id), "/desk/me", of_each=3) > 3


def test_no_link_of_a_borrower_leads_nowhere(app: Flask, reading: Session) -> None:
    ids = reading.scalars(select(Borrower.id)).all()
    assert sum(followed(visit(app, borrower=each), "/", of_each=1) for each in ids) > 10 * len(ids)


def followed(client: CheckedClient, start: str, *, of_each: int) -> int:
    """How many pages were linked, each from one before; every one has to be there. So many are asked for of each kind, which are alike."""
    waiting, asked = deque([(start, "")]), Counter[str]()
    known, nowhere = {start}, []
    while waiting:
        path, before = waiting.popleft()
        kind = _ID.sub("…", urlsplit(path).path)
        asked[kind] += 1
        if asked[kind] > of_each:
            continue
        answer = client.get(path)
        if answer.status_code >= 400:
            nowhere.append(f"{before} leads to {path} ({answer.status_code})")
        if answer.mimetype != "text/html":
            continue
        links = [html.unescape(each) for each in _LINK.findall(answer.text)]
        links = [answer.location] if answer.location else links
        for link in links:
            address = urljoin(path, link)
            if urlsplit(address).netloc == "" and address not in known and address.startswith("/"):
                known.add(address)
                waiting.append((address, path))
    assert not nowhere, "\n".join(nowhere)
    return sum(asked.values())
