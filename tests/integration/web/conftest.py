"""The application over a fresh database with the cast in it, and clients that have really signed in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.orm import Session

from portal import create_app
from portal.config import Config
from portal.db import transaction
from portal.models import Borrower
from portal.template_words import SpokenTemplates
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.codes import code_sent_to
from tests.databases import Database
from tests.people import Cast, add_cast


class CompiledOnce(BytecodeCache):
    """What templates compile to, for all the applications of one run: each test has its own, over the same templates."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Each language compiles to words of its own."""
        locale = environment.locale if isinstance(environment, SpokenTemplates) else ""
        return super().get_bucket(environment, f"{locale}:{name}", filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledOnce()
APPS: dict[Config, Flask] = {}
"""By their configuration, places apart."""
SECRET_KEY = "a secret key for tests, long enough"
HASH_KEY = "another for what is found by its hash"

Writing = Callable[[], AbstractContextManager[Session]]
SignIn = Callable[[CheckedClient, Borrower], CheckedClient]
BorrowerClient = Callable[[Borrower], CheckedClient]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config(
        database_url=database.url,
        secret_key=SECRET_KEY,
        hash_key=HASH_KEY,
        data_dir=tmp_path,
        testing=True,
    )


@pytest.fixture
def own_app(config: Config, database: Database, clock: HandClock) -> Flask:
    """An application that a test may change; a module whose tests do calls it ``app``."""
    app = create_app(config, engine=database.engine, clock=clock)
    app.jinja_env.bytecode_cache = COMPILED
    app.test_client_class = CheckedClient
    return app


@pytest.fixture
def app(config: Config, database: Database, clock: HandClock, request: pytest.FixtureRequest) -> Flask:
    """The application over this test's database, by this test's clock; its pages and addresses are put together once for all."""
    kind = replace(config, database_url="", data_dir=Path())
    if kind not in APPS:
        APPS[kind] = request.getfixturevalue("own_app")
    app = APPS[kind]
    app.extensions["portal"] = replace(
        app.extensions["portal"], config=config, engine=database.engine, clock=clock
    )
    return app


@pytest.fixture
def writing(database: Database) -> Writing:
    """``with writing() as session:`` is one committed transaction beside the application's own."""
    return lambda: transaction(database.engine)


@pytest.fixture
def cast(writing: Writing) -> Cast:
    with writing() as session:
        return add_cast(session)


@pytest.fixture
def client(app: Flask) -> Iterator[CheckedClient]:
    with app.test_client() as client:
        assert isinstance(client, CheckedClient)
        yield client


@pytest.fixture
def sign_in(app: Flask, writing: Writing) -> SignIn:
    """Signs a borrower in on a client, through the pages."""

    def sign_in(client: CheckedClient, borrower: Borrower) -> CheckedClient:
        client.submit("/sign-in", {"mobile": borrower.mobile})
        with writing() as session:
            code = code_sent_to(session, borrower.mobile, SECRET_KEY)
        answer = client.submit("/sign-in/code", {"code": code})
        if answer.location == "/sign-in/ending":
            answer = client.submit("/sign-in/ending", {"ending": borrower.id_last4})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return client

    return sign_in


@pytest.fixture
def borrower_client(app: Flask, sign_in: SignIn) -> BorrowerClient:
    """A new client of a borrower who is signed in."""

    def borrower_client(borrower: Borrower) -> CheckedClient:
        client = app.test_client()
        assert isinstance(client, CheckedClient)
        return sign_in(client, borrower)

    return borrower_client
