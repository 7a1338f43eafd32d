"""A file that is not what a command takes it for is named in a sentence, with a status that is not 0; never with a traceback."""

import sys
from pathlib import Path

import pytest

from portal.commands import main
from tests.integration.commands.conftest import Portal


def _ended(monkeypatch: pytest.MonkeyPatch, *words: object) -> str:
    """What the program says as it ends, "" where it does so in silence."""
    monkeypatch.setattr(sys, "argv", ["portal", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code not in {0, None}
    return str(ended.value.code)


@pytest.fixture
def settings(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("settings")
def test_a_folder_that_is_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    below = tmp_path / "file" / "seal.pem"
    assert _ended(monkeypatch, "seal", "create-key", below) == f"portal: {tmp_path / 'file'}: File exists"


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    "address", ["mysql://portal:hush@host/portal", "hush", "postgresql://portal:hush@host:port/portal"]
)
def test_a_database_of_another_kind_is_refused_and_its_password_not_repeated(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PORTAL_DATABASE_URL", address)
    said = _ended(monkeypatch, "book")
    assert said.startswith("portal: PORTAL_DATABASE_URL names neither a SQLite file")
    assert "hush" not in said


@pytest.mark.parametrize("words", [b"", b"\xff\xfe\x00", b"title = 3\n[[sections]]\n", b"sections = 3"])
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_file_of_texts_that_is_none_is_named(
    portal: Portal, tmp_path: Path, words: bytes, channel: str
) -> None:
    file = tmp_path / "2026-12-01.zh_CN.toml"
    file.write_bytes(words)
    said = portal("messages", "lint", "--channel", channel, file)
    assert isinstance(said.exception, SystemExit)
    assert said.exit_code == 1
    assert str(file) in said.output


def test_a_script_in_another_encoding_is_named(portal: Portal, tmp_path: Path) -> None:
    file = tmp_path / "script.txt"
    file.write_bytes("还款".encode("gb18030"))
    said = portal("messages", "lint", "--script", file)
    assert isinstance(said.exception, SystemExit)
    assert (said.exit_code, "not in UTF-8" in said.output) == (1, True)


def test_where_no_seals_key_ever_was_the_list_says_so(portal: Portal, tmp_path: Path) -> None:
    said = portal("seal", "list", tmp_path / "seal.pem")
    assert said.exit_code == 1
    assert "neither a key nor certificates are there" in said.output


def test_a_version_that_there_is_not_is_no_page(portal: Portal, environment: dict[str, str]) -> None:
    del environment["LC_ALL"]
    environment["LANG"] = "en_US.UTF-8"
    portal("migrate")
    said = portal("policy", "show", "1999-01")
    assert said.exit_code == 1
    assert "There is no such version: portal policy list names all." in said.output


def test_a_database_without_tables_is_told_of_in_the_shells_language(
    portal: Portal, environment: dict[str, str], tmp_path: Path
) -> None:
    environment.update(PORTAL_DATABASE_URL=f"sqlite:///{tmp_path / 'none.sqlite3'}", LC_ALL="C.UTF-8")
    for words in ("complaints list", "rates list", "messages budget", "expire"):
        said = portal(*words.split())
        assert (said.exit_code, "portal migrate" in said.output) == (2, True)
        assert "数据库" in said.output
