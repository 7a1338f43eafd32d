"""``portal config`` and the help of the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from portal.commands import COMMANDS, SECTIONS, cli

KEY = "a secret key of the test, which nobody prints"
NOTHING = {"PORTAL_DATABASE_URL": None, "LC_ALL": "en_US.UTF-8"}


def run(*arguments: str, **environ: str | None) -> Result:
    return CliRunner().invoke(cli, ["config", *arguments], env={**NOTHING, **environ})


def test_what_is_in_force_is_shown_with_its_source_and_no_secret(tmp_path: Path) -> None:
    given = {
        "PORTAL_SECRET_KEY": KEY,
        "PORTAL_DATABASE_URL": "postgresql://portal:hush@db/portal",
        "PORTAL_DATA_DIR": str(tmp_path),
        "PORTAL_POOL_SIZE": "9",
    }
    shown = run("show", **given)
    assert shown.exit_code == 0
    assert KEY not in shown.output
    assert "hush" not in shown.output
    assert f"••• ({len(KEY)})" in shown.output
    told = json.loads(run("show", "--json", **given).output)
    assert told["PORTAL_POOL_SIZE"] == {"value": "9", "source": "environment"}
    assert told["PORTAL_LOCALE"] == {"value": "zh_CN", "source": "default"}
    assert told["PORTAL_DATABASE_URL"]["value"] == "postgresql://•••@db/portal"


@pytest.mark.parametrize(
    ("variable", "address", "shown"),
    [
        ("PORTAL_DATABASE_URL", "postgresql://portal:hu/sh@db/portal", "postgresql://•••@db/portal"),
        ("PORTAL_DATABASE_URL", "postgresql://portal:hu sh@db/portal", "postgresql://•••@db/portal"),
        ("PORTAL_DATABASE_URL", "postgresql://portal:hu?sh@db/portal", "postgresql://•••@db/portal"),
        ("PORTAL_DATABASE_URL", "postgresql://portal:hu@sh@db/portal", "postgresql://•••@db/portal"),
        ("PORTAL_DATABASE_URL", "postgresql://hush@db/portal", "postgresql://•••@db/portal"),
        (
            "PORTAL_DATABASE_URL",
            "postgresql:///portal?host=/run&sslp%61ssword=hush",
            "postgresql:///portal?host=%2Frun&sslpassword=•••",
        ),
        ("PORTAL_DATABASE_URL", "hush", "•••"),
        ("PORTAL_DATABASE_URL", "sqlite:////srv/a@b/portal.sqlite3", "sqlite:////srv/a@b/portal.sqlite3"),
        ("PORTAL_TIME_STAMP_URL", "https://hush@stamps.cn/tsa", "https://•••@stamps.cn/tsa"),
        ("PORTAL_TIME_STAMP_URL", "https://us:hu/sh@stamps.cn/tsa", "https://•••@stamps.cn/tsa"),
        ("PORTAL_TIME_STAMP_URL", "https://us:hu sh@stamps.cn/tsa", "https://•••@stamps.cn/tsa"),
        ("PORTAL_TIME_STAMP_URL", "https://stamps.cn/tsa?token=hush", "https://stamps.cn/tsa?token=•••"),
        ("PORTAL_TIME_STAMP_URL", "https://stamps.cn/tsa?a=b", "https://stamps.cn/tsa?a=b"),
    ],
)
def test_what_opens_a_door_is_left_out_of_an_address(
    tmp_path: Path, variable: str, address: str, shown: str
) -> None:
    given = {"PORTAL_SECRET_KEY": KEY, "PORTAL_DATA_DIR": str(tmp_path), "PORTAL_TIME_STAMP_TRUST": "t.pem"}
    told = json.loads(run("show", "--json", **(given | {variable: address})).output)
    assert told[variable]["value"] == shown


def test_showing_makes_nothing_and_tells_a_secret_that_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    told = json.loads(run("show", "--json", PORTAL_DATA_DIR=str(folder)).output)
    assert told["PORTAL_SECRET_KEY"]["source"] == "default"
    assert not folder.exists()
    folder.mkdir()
    (folder / "secret.key").write_text(KEY)
    told = json.loads(run("show", "--json", PORTAL_DATA_DIR=str(folder)).output)
    assert told["PORTAL_SECRET_KEY"] == {"value": f"••• ({len(KEY)})", "source": "file"}


def test_a_secret_in_a_file_is_known_and_told_by_where_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(KEY + "\n")
    given = {"PORTAL_SECRET_KEY": None, "PORTAL_SECRET_KEY_FILE": str(tmp_path / "secret")}
    told = json.loads(run("show", "--json", **given).output)
    assert told["PORTAL_SECRET_KEY"] == {"value": f"••• ({len(KEY)})", "source": "file"}
    checked = run("check", **given)
    assert (checked.exit_code, checked.output.count("\n")) == (0, 1)
    assert KEY not in checked.output


def test_nothing_wrong_is_said_with_status_0() -> None:
    checked = run("check", PORTAL_SECRET_KEY=KEY)
    assert (checked.exit_code, checked.output.count("\n")) == (0, 1)


def test_all_that_is_wrong_is_said_in_sentences_with_status_1() -> None:
    checked = run(
        "check", PORTAL_SECRET_KEY="short", PORTAL_DEMO="maybe", PORTAL_SMTP_TRUST="/nowhere/trust.pem"
    )
    assert checked.exit_code == 1
    assert [line.split()[1] for line in checked.output.splitlines()] == [
        "PORTAL_DEMO",
        "PORTAL_SECRET_KEY",
        "PORTAL_SMTP_TRUST",
    ]


def test_data_keys_that_cannot_be_read_are_wrong(tmp_path: Path) -> None:
    file = tmp_path / "data.keys"
    file.write_text("spoilt\n")
    checked = run("check", PORTAL_SECRET_KEY=KEY, PORTAL_DATA_KEYS=str(file))
    assert (checked.exit_code, "line 1" in checked.output) == (1, True)
    file.unlink()
    checked = run("check", PORTAL_SECRET_KEY=KEY, PORTAL_DATA_KEYS=str(file))
    assert (checked.exit_code, checked.output.count("\n")) == (1, 1)


def test_a_trial_that_goes_live_is_told_to_keep_its_secret(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text(KEY)
    settings = {"PORTAL_SECRET_KEY": None, "PORTAL_DATA_DIR": str(tmp_path), "PORTAL_LIVE": "1"}
    assert f"put the content of {tmp_path / 'secret.key'} into it" in run("check", **settings).output


def test_a_name_that_nothing_reads_is_told_with_status_3() -> None:
    checked = run("check", PORTAL_SECRET_KEY=KEY, PORTAL_TRUSTED_HOST="repay.example.cn")
    assert checked.exit_code == 3
    assert "PORTAL_TRUSTED_HOST is no setting" in checked.output


def test_a_web_process_has_the_seals_certificate_alone(tmp_path: Path) -> None:
    (tmp_path / "seal.crt").touch()
    assert run("check", PORTAL_SECRET_KEY=KEY, PORTAL_SEAL_KEY=str(tmp_path / "seal.pem")).exit_code == 0
    assert run("check", PORTAL_SECRET_KEY=KEY, PORTAL_SEAL_KEY=str(tmp_path / "other.pem")).exit_code == 1


def commands(group: click.Group, path: str = "portal") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        yield f"{path} {name}", found
        if isinstance(found, click.Group):
            yield from commands(found, f"{path} {name}")


@pytest.mark.parametrize(("path", "command"), [pytest.param(*each, id=each[0]) for each in commands(cli)])
def test_each_command_and_each_option_says_what_it_is_for(path: str, command: click.Command) -> None:
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_the_help_lists_each_command_once_by_what_it_is_for() -> None:
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(COMMANDS)
    shown = CliRunner().invoke(cli, ["--help"]).output
    assert "More:" not in shown
    assert all(f"\n  {name} " in shown for name in listed)
    assert max(map(len, shown.splitlines())) <= 80


LIVE = {
    "PORTAL_SECRET_KEY": KEY,
    "PORTAL_LIVE": "1",
    "PORTAL_BASE_URL": "https://repay.example.cn",
    "PORTAL_TRUSTED_HOSTS": "repay.example.cn",
}


def test_what_keeps_workers_from_starting_is_told_before_they_are_started(tmp_path: Path) -> None:
    key, codes = tmp_path / "seal.pem", tmp_path / "codes.json"
    key.write_text("")
    live = LIVE | {"PORTAL_SEAL_KEY": str(key), "PORTAL_DATA_DIR": str(tmp_path)}
    checked = run("check", **live)
    assert checked.exit_code == 1
    assert "PORTAL_SMS_URL" in checked.output
    codes.write_text("{}")
    sender = {
        "PORTAL_SMS_URL": "https://sms.example.cn",
        "PORTAL_SMS_KEY_ID": "key",
        "PORTAL_SMS_SECRET": "secret of the vendor",
        "PORTAL_SMS_SIGN_NAME": "还款",
        "PORTAL_SMS_TEMPLATES": str(codes),
        "PORTAL_RECEIPTS_KEY": "r" * 40,
    }
    checked = run("check", **live, **sender)
    assert checked.exit_code == 1
    assert "has no code for zh_CN.agency_notice" in checked.output


def test_the_address_of_another_database_is_told(tmp_path: Path) -> None:
    given = {"PORTAL_SECRET_KEY": KEY, "PORTAL_DATA_DIR": str(tmp_path)}
    checked = run("check", **(given | {"PORTAL_DATABASE_URL": "mysql://portal:hush@db/portal"}))
    assert checked.exit_code == 1
    assert "neither a SQLite file" in checked.output
    assert "hush" not in checked.output
