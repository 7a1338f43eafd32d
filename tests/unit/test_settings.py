"""Every setting is described, and as it is."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from portal.commands.config import as_typed
from portal.commands.config_reference import reference
from portal.config import Config, ConfigError, faults, from_environment
from portal.settings import Setting, at_default, settings

DESCRIBED = {each.variable: each for each in settings()}
OF_TESTS_ALONE = {"testing"}


class Asked(Mapping[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_every_variable_that_is_read_is_described() -> None:
    asked = Asked()
    from_environment(asked, makes_secret=False)
    ours = {name for name, each in DESCRIBED.items() if each.field or name == "PORT"}
    assert asked.names == ours | {each.file_variable for each in settings() if each.file_variable}


def test_every_field_is_described_once() -> None:
    described = [each.field for each in settings() if each.field]
    assert sorted(described) == sorted({field.name for field in fields(Config)} - OF_TESTS_ALONE)
    assert len(DESCRIBED) == len(list(settings()))


def test_each_default_is_the_one_that_holds() -> None:
    config = from_environment({}, makes_secret=False)
    told = {
        each.variable: at_default(each).replace("none", "")
        for each in settings()
        if each.field and not each.is_worked_out
    }
    assert told == {name: as_typed(getattr(config, DESCRIBED[name].field or "")) for name in told}


def test_a_field_that_is_kept_out_of_print_is_a_secret() -> None:
    hidden = {field.name for field in fields(Config) if not field.repr}
    assert hidden <= {each.field for each in settings() if each.is_secret}


SECRETS = [each for each in settings() if each.file_variable]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda each: each.variable)
def test_a_secret_may_stand_in_a_file_that_a_variable_names(secret: Setting, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("of forty characters with an end of line,\n")
    config = from_environment({secret.file_variable: str(file)}, makes_secret=False)
    assert getattr(config, secret.field or "") == "of forty characters with an end of line,"


@pytest.mark.parametrize("secret", SECRETS, ids=lambda each: each.variable)
def test_a_secret_that_is_given_twice_or_not_to_be_read_is_refused_by_name(
    secret: Setting, tmp_path: Path
) -> None:
    """Nobody finds out later that another one was used, or none."""
    file = tmp_path / "secret"
    named = {secret.file_variable: str(file)}
    for content, others in (
        (None, {}),
        (b"\n", {}),
        (b"\xff\xfe", {}),
        (b"k" * 40, {secret.variable: "k" * 40}),
    ):
        if content is not None:
            file.write_bytes(content)
        (said,) = faults(named | others)
        assert said.startswith((secret.file_variable, f"{secret.variable} and {secret.file_variable}"))
        assert "kkk" not in said


def test_the_document_is_what_the_command_prints() -> None:
    document = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert document.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORTAL_SECRET_KEY", "k" * 31),
        ("PORTAL_HASH_KEY", "k" * 31),
        ("PORTAL_DEMO", "maybe"),
        ("BUSINESS_DATE", "2026-11-01"),
        ("BUSINESS_DATE", "yesterday"),
        ("PORTAL_TIMEZONE", "Nowhere/None"),
        ("PORTAL_LOCALE", "fr"),
        ("PORTAL_TRUSTED_HOSTS", ","),
        ("PORTAL_NEW_NUMBER_PREFIXES", ","),
        ("PORTAL_NEW_NUMBER_PREFIXES", "+86,1"),
        ("PORTAL_NEW_NUMBER_PREFIXES", "+"),
        ("PORTAL_TRUSTED_PROXIES", "proxy.example"),
        ("PORTAL_TRUSTED_PROXIES", "10.0.3.7/24"),
        ("PORTAL_TRUSTED_PROXIES", "127.0.0.1,::/0"),
        ("PORTAL_SECURE_COOKIES", "0"),
        ("PORTAL_POOL_SIZE", "1"),
        ("PORTAL_POOL_SIZE", "101"),
        ("PORTAL_POOL_WAIT_SECONDS", "0"),
        ("PORTAL_POOL_WAIT_SECONDS", "61"),
        ("PORTAL_METRICS_TOKEN", "m" * 31),
        ("PORTAL_SMTP_SECURITY", "ssl"),
        ("PORTAL_MESSAGES_A_DAY", "0"),
        ("PORTAL_MESSAGE_COST_A_MONTH", "-1"),
        ("PORTAL_CHECKPOINT_SECONDS", "600"),
        ("PORTAL_CHECKPOINT_BUCKET", "bucket"),
        ("PORTAL_TIME_STAMP_URL", "https://stamps.example"),
        ("PORTAL_SIGNING_AUTHORITY_URL", "https://signs.example"),
        ("PORTAL_SMS_URL", "https://sms.example"),
        ("PORTAL_SMTP_HOST", "mail.example"),
        ("PORTAL_LIVE", "1"),
    ],
)
def test_what_is_outside_the_limits_is_refused_and_named(variable: str, value: str) -> None:
    named = variable.rpartition("_A_")[0] if "_A_" in variable and value == "0" else variable
    with pytest.raises(ConfigError, match=named):
        from_environment({"PORTAL_SECRET_KEY": "k" * 40, variable: value}, makes_secret=False)


def test_all_faults_are_told_at_once() -> None:
    environ = {"PORTAL_DEMO": "maybe", "PORTAL_POOL_SIZE": "many", "PORTAL_LOCALE": "fr"}
    told = faults(environ)
    assert [sentence.split()[0] for sentence in told] == ["PORTAL_DEMO", "PORTAL_POOL_SIZE", "PORTAL_LOCALE"]
    assert faults({}) == ()


def test_hashes_stand_under_the_secret_until_they_are_given_a_key_of_their_own() -> None:
    secret, of_before = "s" * 40, "b" * 40
    assert from_environment({"PORTAL_SECRET_KEY": secret}).hash_key == secret
    both = from_environment({"PORTAL_SECRET_KEY": secret, "PORTAL_HASH_KEY": of_before})
    assert (both.secret_key, both.hash_key) == (secret, of_before)
    assert len(faults({"PORTAL_SECRET_KEY": "short"})) == 1
