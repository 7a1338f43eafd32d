"""Connections of a process: what happens when all of them are in use, and what is refused before it can come to that."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, text

from portal import create_app
from portal.commands import serve as serving
from portal.config import Config, ConfigError, from_environment
from portal.db import make_engine, most_connections
from tests.clocks import HandClock
from tests.databases import Database
from tests.journeys.servers import SECRET_KEY

ENVIRONMENT = {"PORTAL_SECRET_KEY": SECRET_KEY, "PORTAL_DEMO": "1"}


def app_over(engine: Engine, folder: Path) -> Flask:
    config = Config(database_url=str(engine.url), secret_key=SECRET_KEY, data_dir=folder, testing=True)
    return create_app(config, engine=engine, clock=HandClock())


@pytest.fixture
def two(postgresql_database: Database) -> Iterator[Engine]:
    engine = make_engine(postgresql_database.url, pool_size=2, overflow=0, wait_seconds=0.1)
    yield engine
    engine.dispose()


@pytest.mark.postgresql
def test_who_finds_every_connection_in_use_is_told_to_come_again(two: Engine, tmp_path: Path) -> None:
    client = app_over(two, tmp_path).test_client()
    with two.connect(), two.connect():
        answer = client.get("/agencies")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert client.get("/health").status_code == 200
    assert client.get("/agencies").status_code == 200


@pytest.mark.postgresql
def test_who_waits_gets_the_next_that_is_given_back(postgresql_database: Database, tmp_path: Path) -> None:
    engine = make_engine(postgresql_database.url, pool_size=2, overflow=0, wait_seconds=60)
    client, statuses = app_over(engine, tmp_path).test_client(), []
    held = [engine.connect(), engine.connect()]
    thread = threading.Thread(target=lambda: statuses.append(client.get("/agencies").status_code))
    thread.start()
    thread.join(0.2)
    assert statuses == []
    for connection in held:
        connection.close()
    thread.join(60)
    assert statuses == [200]
    assert engine.pool.status().startswith("Pool size: 2")
    engine.dispose()


@pytest.mark.postgresql
def test_more_connections_than_the_database_lets_are_refused_at_the_start(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = most_connections(postgresql_database.engine)
    assert most is not None
    with postgresql_database.engine.connect() as connection:
        assert most < int(str(connection.scalar(text("SHOW max_connections"))))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORTAL_DATABASE_URL", postgresql_database.url)
    monkeypatch.setenv("PORTAL_POOL_SIZE", "100")
    done = CliRunner().invoke(serving.serve, ["--processes", "64", "--port", "18999"])
    assert done.exit_code == 2
    assert f"64 processes with 100 connections each need 6400; the database lets {most}" in done.output


def test_sqlite_has_no_such_bound(sqlite_database: Database) -> None:
    assert most_connections(sqlite_database.engine) is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("PORTAL_POOL_SIZE", "1", "between 2 and 100"),
        ("PORTAL_POOL_SIZE", "101", "between 2 and 100"),
        ("PORTAL_POOL_SIZE", "many", "whole number"),
        ("PORTAL_POOL_WAIT_SECONDS", "0", "between 1 and 60"),
        ("PORTAL_POOL_WAIT_SECONDS", "61", "between 1 and 60"),
    ],
)
def test_sizes_that_cannot_be_are_refused(name: str, value: str, why: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} must be .*{why}"):
        from_environment({**ENVIRONMENT, name: value})


def test_a_web_process_has_no_more_connections_than_it_is_told(tmp_path: Path) -> None:
    """Made, never opened."""
    config = from_environment(
        {
            **ENVIRONMENT,
            "PORTAL_DATABASE_URL": "postgresql://nobody@/nowhere?host=/nowhere",
            "PORTAL_DATA_DIR": str(tmp_path),
            "PORTAL_POOL_SIZE": "6",
            "PORTAL_POOL_WAIT_SECONDS": "7",
        }
    )
    pool = create_app(config).extensions["portal"].engine.pool
    assert (pool.size(), pool._max_overflow, pool._timeout) == (6, 0, 7)
