"""``portal keys``: what stands under which key, and putting it under another."""

import os
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal.adapters.data_keys import keyring_of, new_key_line
from portal.commands.key_check import refuse_other_keys
from portal.config import Config, ConfigError
from portal.db import make_engine, transaction
from portal.models import Borrower
from portal.models.keyring import SealBrokenError
from tests.databases import Database
from tests.integration.commands.conftest import Portal
from tests.journeys.servers import free_port
from tests.people import add_borrower

SECRET = "a key for tests, long enough to be one"


@pytest.fixture
def file(environment: dict[str, str], tmp_path: Path) -> Path:
    """The file with the keys; without a line of it those of the secret hold."""
    environment["PORTAL_DATA_KEYS"] = ""
    return tmp_path / "data.keys"


def config_of(database: Database, file: Path | None, tmp_path: Path) -> Config:
    return Config(
        database_url=database.url, secret_key=SECRET, data_keys=file, data_dir=tmp_path, testing=True
    )


def add_one(database: Database, config: Config) -> None:
    engine = make_engine(database.url, keys=lambda: keyring_of(config))
    with transaction(engine) as session:
        add_borrower(session, "李娜", mobile="+8613800138001", id_last4="1024")
    engine.dispose()


def spoil_the_newest(database: Database, config: Config) -> None:
    engine = make_engine(database.url, keys=lambda: keyring_of(config))
    with transaction(engine) as session:
        newest = add_borrower(session, "王强", mobile="+8613800138002", id_last4="203X")
        session.execute(update(Borrower).where(Borrower.id == newest.id).values(name_sealed="spoilt"))
    engine.dispose()


def people_of(database: Database, config: Config) -> set[str]:
    engine = make_engine(database.url, keys=lambda: keyring_of(config))
    with transaction(engine, writes=False) as session:
        found = {each.name for each in session.scalars(select(Borrower))}
    engine.dispose()
    return found


def test_from_the_secrets_key_to_a_files_and_on_to_another(
    database: Database, portal: Portal, environment: dict[str, str], file: Path, tmp_path: Path
) -> None:
    add_one(database, config_of(database, None, tmp_path))
    said = portal("keys", "status")
    assert (said.exit_code, "borrower: 1 under secret-" in said.output) == (0, True)
    environment["PORTAL_DATA_KEYS"] = str(file)
    lines: list[str] = []
    for name in ("2027", "2028"):
        lines.insert(0, portal("keys", "new", name).stdout.strip())
        file.write_text("\n".join(lines) + "\n")
        assert portal("keys", "status").exit_code == 1
        rotated = portal("keys", "rotate")
        assert (rotated.exit_code, rotated.output.startswith("1 ")) == (0, True), rotated.output
        assert portal("keys", "rotate").output.startswith("0 ")
        assert f"borrower: 1 under {name}" in portal("keys", "status").output
        lines = lines[:1]
        file.write_text(lines[0] + "\n")
        assert portal("keys", "status").exit_code == 0
        assert people_of(database, config_of(database, file, tmp_path)) == {"李娜"}
    file.write_text(new_key_line("2028") + "\n")
    lost = portal("keys", "status")
    assert lost.exit_code == 1
    assert "nobody can read them" in lost.output
    assert portal("keys", "rotate").exit_code == 0


def test_another_index_key_finds_after_rotating(
    database: Database, portal: Portal, environment: dict[str, str], file: Path, tmp_path: Path
) -> None:
    environment["PORTAL_DATA_KEYS"] = str(file)
    key = new_key_line("a")
    file.write_text(f"{key}\n{new_key_line('index:a')}\n")
    add_one(database, config_of(database, file, tmp_path))
    file.write_text(f"{key}\n{new_key_line('index:b')}\n")
    assert portal("keys", "rotate").exit_code == 0
    engine = make_engine(database.url, keys=lambda: keyring_of(config_of(database, file, tmp_path)))
    with transaction(engine, writes=False) as session:
        found = session.scalars(select(Borrower).where(Borrower.mobile_index == "+8613800138001")).one()
        assert found.name == "李娜"
    engine.dispose()


def test_another_secret_than_the_one_people_stand_under_is_told(
    database: Database, portal: Portal, environment: dict[str, str], file: Path, tmp_path: Path
) -> None:
    add_one(database, config_of(database, None, tmp_path))
    environment["PORTAL_SECRET_KEY"] = "another key for tests, as long as that one"
    said = portal("keys", "status")
    assert said.exit_code == 1
    assert "made of another PORTAL_SECRET_KEY: put that one back" in said.output
    assert "1 rows stand under earlier keys" not in said.output
    rotated = portal("keys", "rotate")
    assert (rotated.exit_code, "A row does not open" in rotated.output) == (1, True)


def test_nothing_starts_under_other_keys_than_people_stand_under(
    database: Database, portal: Portal, environment: dict[str, str], file: Path, tmp_path: Path
) -> None:
    def refusal(*command: str) -> str:
        return str(portal(*command).exception)

    environment["PORTAL_DATA_KEYS"] = str(file)
    key, index = new_key_line("a"), new_key_line("index:a")
    file.write_text(f"{key}\n{index}\n")
    add_one(database, config_of(database, file, tmp_path))
    serve = ("serve", "--port", str(free_port()))
    for command in (serve, ("worker", "--once")):
        file.write_text(f"{new_key_line('b')}\n{index}\n")
        assert "borrower stand under the key a, which is not here" in refusal(*command)
        file.write_text(f"{key}\n{new_key_line('index:a')}\n")
        assert "put it back, or run `portal keys rotate`" in refusal(*command)
        file.write_text("spoilt\n")
        assert "line 1 of" in refusal(*command)
    file.write_text(f"{key}\n{index}\n")
    refuse_other_keys(config_of(database, file, tmp_path))
    spoil_the_newest(database, config_of(database, file, tmp_path))
    refuse_other_keys(config_of(database, file, tmp_path))


def test_another_index_key_of_the_same_name_is_told_and_helped(
    database: Database, portal: Portal, environment: dict[str, str], file: Path, tmp_path: Path
) -> None:
    environment["PORTAL_DATA_KEYS"] = str(file)
    key, longest = new_key_line("a"), "index:" + "i" * 14
    file.write_text(f"{key}\n{new_key_line(longest)}\n")
    add_one(database, config_of(database, file, tmp_path))
    assert portal("keys", "status").exit_code == 0
    file.write_text(f"{key}\n{new_key_line(longest)}\n")
    said = portal("keys", "status")
    assert (said.exit_code, "nobody finds them by number or name" in said.output) == (1, True)
    assert portal("keys", "rotate").exit_code == 0
    assert portal("keys", "status").exit_code == 0


def test_a_file_that_is_just_being_written_is_an_unknown_key_and_read_when_it_is_whole(
    sqlite_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "data.keys"
    old, new = new_key_line("old"), new_key_line("new")
    file.write_text(f"{old}\n")
    ring = keyring_of(config_of(sqlite_database, file, tmp_path))
    file.write_text(f"{new}\n")
    kept = keyring_of(config_of(sqlite_database, file, tmp_path)).seal("place", b"text")
    for half in (f"{old}\n{new[:20]}", ""):
        file.write_text(half)
        with pytest.raises(SealBrokenError, match="not among the data keys"):
            ring.open("place", kept)
    file.write_text(f"{new}\n{old}\n")
    assert ring.open("place", kept) == b"text"
    kept = keyring_of(config_of(sqlite_database, file, tmp_path)).seal("place", b"more")
    file.unlink()
    assert ring.open("place", kept) == b"more"
    file.write_text(f"{new_key_line('third')}\n")
    kept = keyring_of(config_of(sqlite_database, file, tmp_path)).seal("place", b"third")
    assert ring.open("place", kept) == b"third"


def test_a_file_that_is_as_it_was_is_not_read_again(sqlite_database: Database, tmp_path: Path) -> None:
    file = tmp_path / "data.keys"
    file.write_text(new_key_line("old"))
    config, as_it_was = config_of(sqlite_database, file, tmp_path), file.stat()
    ring = keyring_of(config)
    file.write_text(new_key_line("new"))
    kept = keyring_of(config).seal("place", b"text")
    os.utime(file, ns=(as_it_was.st_atime_ns, as_it_was.st_mtime_ns))
    with pytest.raises(SealBrokenError):
        ring.open("place", kept)
    os.utime(file)
    assert ring.open("place", kept) == b"text"


KEY = urlsafe_b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "# nothing\n",
        "a\n",
        "a c2hvcnQ=\n",
        f"a {KEY}\na {KEY}\n",
        f"secret {KEY}",
        f"secret-1a2b3c4d {KEY}",
        f"a {KEY}\nindex:{'i' * 15} {KEY}",
        f"Ä {KEY}",
        f"index:a {KEY}",
    ],
)
def test_a_file_that_is_none_is_refused(sqlite_database: Database, tmp_path: Path, said: str) -> None:
    file = tmp_path / "data.keys"
    file.write_text(said)
    with pytest.raises(ConfigError, match="PORTAL_DATA_KEYS"):
        keyring_of(config_of(sqlite_database, file, tmp_path))


@pytest.mark.parametrize(
    "name", ["", "a b", "A", "secret", "index:secret-1", "x" * 33, "index:" + "x" * 15, "a.b"]
)
def test_a_name_that_cannot_be_one_is_refused(portal: Portal, name: str) -> None:
    assert portal("keys", "new", name).exit_code == 1
