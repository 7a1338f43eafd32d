"""Which commands begin under a wrong key of hashes or other data keys: those that put things right, and those that need none."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
import pytest
from sqlalchemy import func, select

from portal.adapters.data_keys import new_key_line
from portal.commands import cli
from portal.config import ConfigError
from portal.db import transaction
from portal.domain.one_time_codes import keyed_hash
from portal.models import Contact, Event
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.people import NOW, add_borrower

REFUSED: Final[Mapping[str, str]] = {
    "call-list": "",
    "complaints close": "V-1",
    "complaints list": "",
    "corrections answer": "C-1 refused",
    "corrections list": "",
    "creditor add-account": "a --bank b --number c",
    "creditor describe": "a --phone 10000",
    "creditor end-account": "a --number c",
    "creditor list": "",
    "creditor rename": "a b",
    "day": "",
    "demo people": "",
    "demo seed": "",
    "erase-attachments": "",
    "expire": "",
    "import": "nowhere",
    "messages returned": "",
    "policy diff": "a b",
    "policy list": "",
    "policy quote": "--out -",
    "policy replay": "--draft a",
    "policy show": "a",
    "rates add": "2026-01-20 3.0 --source a",
    "rates list": "",
    "retention preview": "",
    "retention run": "",
    "staff add": "--login a --name b --number c --role administrator --generate",
    "staff disable": "a",
    "staff list": "",
    "staff relate": "a b",
    "watch-plans": "",
    "worker": "--once",
}
"""With what each is called; ``serve`` is tried in test_keys.py."""

BY_WORKSHOP: Final = frozenset({"worker"})
"""Begun like a server's own thread, and refused like a server."""

BEGUN: Final[Mapping[str, str]] = {
    "book": "",
    "doctor": "",
    "keys rotate": "",
    "keys status": "",
    "messages budget": "",
    "migrate": "",
    "readonly off": "",
    "readonly on": "--reason keys",
    "readonly status": "",
    "record growth": "1",
    "record keep": "",
    "record proof": "1",
    "record verify": "",
    "sessions end": "--all",
}

NOT_TRIED: Final = frozenset(
    {
        "agreement verify",
        "apr",
        "backup create",
        "backup restore",
        "backup verify",
        "config check",
        "config reference",
        "config show",
        "database grant",
        "keys new",
        "messages lint",
        "quote",
        "record change-key",
        "record create-key",
        "record erase",
        "record stamp",
        "report month",
        "report year",
        "seal change-key",
        "seal create-key",
        "seal list",
        "seal mark-compromised",
        "seal show-key",
        "serve",
        "stand-in",
    }
)
"""Nobody's row is looked up or sealed by them, or no database is opened, and each takes files or time."""


def test_every_command_has_its_place_here() -> None:
    assert sorted([*REFUSED, *BEGUN, *NOT_TRIED]) == sorted(_commands(cli))


def _commands(group: click.Group, before: str = "") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


@pytest.fixture
def events(database: Database, environment: dict[str, str]) -> int:
    """王强's number was called under another key of hashes than this one; so many events are there."""
    environment["PORTAL_DEMO"] = "1"
    with transaction(database.engine) as session:
        borrower = add_borrower(session, "王强", mobile="+8613800138002", id_last4="203X")
        session.add(
            Contact(
                borrower_id=borrower.id,
                purpose="collection_call",
                channel="phone",
                number_hash=keyed_hash(borrower.mobile, environment["PORTAL_SECRET_KEY"], purpose="number"),
                number_last4=borrower.mobile[-4:],
                template_version="call_script@2026-01",
                rule_decision="let through",
                result="answered",
                actor_kind="staff",
                at=NOW,
            )
        )
    environment["PORTAL_SECRET_KEY"] = "another secret, and nobody named the key of hashes"
    return _count_events(database)


def test_under_a_wrong_key_of_hashes_nothing_begins_that_could_write_to_a_stopped_number(
    database: Database, portal: Portal, environment: dict[str, str], events: int
) -> None:
    for command, arguments in REFUSED.items():
        said = portal(*command.split(), *arguments.split())
        is_built = command in BY_WORKSHOP
        told = str(said.exception) if is_built else said.output
        assert isinstance(said.exception, ConfigError if is_built else SystemExit), (command, said.exception)
        assert "PORTAL_HASH_KEY" in told, (command, told)
        assert said.exit_code == (1 if is_built else 2), command
        assert said.stdout == "", command
    assert _count_events(database) == events
    environment["PORTAL_HASH_KEY"] = "a key for tests, long enough to be one"
    assert portal("call-list").exit_code == 0


@pytest.mark.usefixtures("events")
def test_under_a_wrong_key_of_hashes_keys_are_looked_at_and_put_right(portal: Portal) -> None:
    for command, arguments in BEGUN.items():
        said = portal(*command.split(), *arguments.split())
        assert said.exception is None or isinstance(said.exception, SystemExit), (command, said.exception)
        assert "PORTAL_HASH_KEY" not in said.stderr, (command, said.stderr)


def test_under_tables_of_another_program_nothing_is_tried_and_nothing_begins(
    database: Database, portal: Portal
) -> None:
    with transaction(database.engine) as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    said = portal("day")
    assert said.exit_code == 2
    assert "run portal migrate first" in said.output


@pytest.mark.parametrize("command", ["import nowhere", "day", "complaints list", "worker --once"])
def test_nothing_begins_under_other_data_keys(
    database: Database, portal: Portal, environment: dict[str, str], tmp_path: Path, command: str
) -> None:
    with transaction(database.engine) as session:
        add_borrower(session, "王强", mobile="+8613800138002", id_last4="203X")
    file = tmp_path / "data.keys"
    file.write_text(new_key_line("b") + "\n" + new_key_line("index:b") + "\n")
    file.chmod(0o600)
    environment["PORTAL_DATA_KEYS"] = str(file)
    said = portal(*command.split())
    told = str(said.exception) if command.startswith("worker") else said.output
    assert said.exit_code == (1 if command.startswith("worker") else 2)
    assert "borrower stand under the key tests" in told


def _count_events(database: Database) -> int:
    with transaction(database.engine, writes=False) as session:
        return session.scalars(select(func.count(Event.id))).one()
