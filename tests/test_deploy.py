"""What ``deploy/`` ships is read by the programs that will read it, and stays as hardened as it is."""

import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from portal.commands import cli
from portal.queries.key_uses import SEALED_TABLES
from tests.postgresql_server import find_binaries

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
HARDENED = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "CapabilityBoundingSet=\n",
)


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """As they would lie on a machine: instances have a number, and the program is there."""
    made = []
    for unit in sorted((DEPLOY / "systemd").glob("portal-*")):
        copy = tmp_path / unit.name.replace("@.", "@8001.")
        copy.write_text(
            unit.read_text().replace("/opt/portal/bin/portal", shutil.which("true") or "/bin/true")
        )
        made.append(copy)
    return made


def test_systemd_understands_every_unit(units: list[Path]) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    done = subprocess.run(
        [program, "verify", *units], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_key_that_systemd_does_not_know_would_be_seen(units: list[Path]) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    units[0].write_text(units[0].read_text().replace("[Service]", "[Service]\nNoNewPriviliges=yes"))
    done = subprocess.run(
        [program, "verify", *units], capture_output=True, text=True, check=False, timeout=60
    )
    assert "NoNewPriviliges" in done.stderr


@pytest.mark.parametrize(
    "name", ["portal-web@.service", "portal-worker@.service", "portal-day.service", "portal-backup.service"]
)
def test_every_service_runs_as_somebody_with_no_power(name: str) -> None:
    said = (DEPLOY / "systemd" / name).read_text()
    assert "User=portal\n" in said
    assert "EnvironmentFile=/etc/portal/portal.env\n" in said
    assert "KillMode=mixed\n" in said
    assert [line for line in HARDENED if line not in said] == []


def test_the_containers_run_as_nobody_on_a_disk_that_is_only_read() -> None:
    container, compose = (DEPLOY / "Containerfile").read_text(), (DEPLOY / "compose.yaml").read_text()
    assert re.search(r"^USER 10001:10001$", container, re.MULTILINE)
    for said in (
        "read_only: true",
        "cap_drop: [ALL]",
        "no-new-privileges:true",
        'user: "10001:10001"',
        "/readyz",
    ):
        assert said in compose
    assert len(re.findall(r"^  (web|worker)\d:", compose, re.MULTILINE)) == 6


def test_the_image_is_built_without_secrets_and_they_are_never_committed() -> None:
    left_out = (DEPLOY.parent / ".dockerignore").read_text().splitlines()
    for path in (
        ".git",
        ".venv",
        ".cache",
        "var",
        "deploy/.env",
        "**/*.sqlite3*",
        "**/*.pem",
        "test-artefacts",
    ):
        assert path in left_out
    assert {".env", "deploy/.env"} <= set((DEPLOY.parent / ".gitignore").read_text().splitlines())


def test_the_server_is_of_the_version_of_the_image_s_client() -> None:
    """An older pg_dump refuses a newer server; the image is Debian 12's, whose client is 15."""
    assert "FROM debian:12-slim" in (DEPLOY / "Containerfile").read_text()
    compose = (DEPLOY / "compose.yaml").read_text()
    assert "image: postgres:15 " in compose


def test_the_containers_take_every_setting_and_not_the_server_owner_s_password() -> None:
    """What stands in ``.env`` is for compose alone; what is the portal's comes by a file of its own."""
    portal, services = (DEPLOY / "compose.yaml").read_text().split("\nservices:\n")
    assert "\n  env_file: [portal.env]\n" in portal
    assert "OWNER" not in portal.split("\nx-portal:")[1]
    assert "env_file" not in services
    for file in (".gitignore", ".dockerignore"):
        assert "deploy/portal.env" in (DEPLOY.parent / file).read_text().splitlines()


def test_migrating_waits_for_the_server_that_stays_and_tries_again() -> None:
    """The one that the image runs while it makes the folder listens at the socket alone."""
    compose = (DEPLOY / "compose.yaml").read_text()
    assert "pg_isready -h 127.0.0.1 " in compose
    assert re.search(r"command: \[migrate, --grant-to, portal\]\n +restart: on-failure\n", compose)


def test_whichever_web_process_is_asked_for_figures_has_those_of_all() -> None:
    """systemd would take the folder away as the first of them ends."""
    for name in ("portal-web@.service", "portal-worker@.service"):
        said = (DEPLOY / "systemd" / name).read_text().splitlines()
        assert "Environment=PROMETHEUS_MULTIPROC_DIR=/run/portal-metrics" in said
        assert {"RuntimeDirectory=portal-metrics", "RuntimeDirectoryPreserve=yes"} <= set(said)


def test_one_service_builds_the_image_and_none_asks_a_registry_for_it() -> None:
    """Services that build one name at once get in each other's way, and somebody else could have a ``portal`` in a registry."""
    compose = (DEPLOY / "compose.yaml").read_text()
    assert len(re.findall(r"^ +build:", compose, re.MULTILINE)) == 1
    assert re.search(r"^  migrate:\n    <<: \*portal\n    build: ", compose, re.MULTILINE)
    assert "\n  image: portal:latest\n  pull_policy: never" in compose


def test_the_database_s_password_may_have_any_character() -> None:
    """It is no part of an address."""
    compose = (DEPLOY / "compose.yaml").read_text()
    assert 'PORTAL_DATABASE_URL: "postgresql://portal@database/portal"' in compose
    assert 'PGPASSWORD: "${POSTGRES_PASSWORD:?' in compose
    assert 'PGPASSWORD: "${POSTGRES_MIGRATE_PASSWORD:?' in compose


def test_only_what_migrates_has_the_account_that_owns_the_tables() -> None:
    compose = (DEPLOY / "compose.yaml").read_text()
    pages, rest = compose.split("\nservices:\n")
    of_migrating = rest.split("\n  migrate:\n")[1].split("\n  web1:")[0]
    said = "\n".join(line for line in pages.splitlines() if not line.startswith("#"))
    assert "portal_owner" not in said
    assert "MIGRATE" not in said
    assert "postgresql://portal_owner@database/portal" in of_migrating
    for unit in sorted((DEPLOY / "systemd").iterdir()):
        assert not re.search(r"^[^#]*owner", unit.read_text(), re.MULTILINE), unit


def test_the_image_can_be_read_by_its_user_whoever_may_read_the_checkout() -> None:
    assert re.search(
        r"^RUN bin/setup .*chmod -R a\+rX,go-w \.$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE
    )
    assert "chmod -R a+rX deploy/database" in (DEPLOY.parent / "docs" / "operations.md").read_text()


def test_the_containers_get_the_data_keys_where_a_file_is_named() -> None:
    compose = (DEPLOY / "compose.yaml").read_text()
    assert 'PORTAL_DATA_KEYS: "${PORTAL_DATA_KEYS_FILE:+/etc/portal/data.keys}"' in compose
    assert '"${PORTAL_DATA_KEYS_FILE:-/dev/null}:/etc/portal/data.keys:ro"' in compose


def test_the_tables_that_are_to_be_written_anew_are_those_that_were_sealed() -> None:
    said = re.search(r"`VACUUM FULL ([a-z_, ]+)`", (DEPLOY.parent / "docs" / "operations.md").read_text())
    assert said
    sealed = {model.__tablename__ for model in SEALED_TABLES}
    assert set(said[1].split(", ")) == sealed | {"web_session"}


@pytest.mark.postgresql
def test_the_roles_of_the_containers_and_what_each_owns(postgresql_server: str) -> None:
    """Made, migrated and granted as ``compose.yaml`` does it: pages own nothing."""
    script = DEPLOY / "database" / "10-portal.sh"
    home = postgresql_server.partition("?host=")[2]
    environ = {
        "PATH": f"{find_binaries()}:/usr/bin:/bin",
        "PGHOST": home,
        "POSTGRES_USER": "portal",
        "PORTAL_ROLE": "the portal's",
        "PORTAL_PASSWORD": "with 'quotes' and $(echo words)",
        "PORTAL_OWNER_ROLE": "its owner",
        "PORTAL_OWNER_PASSWORD": "another 'one'",
    }
    done = subprocess.run([script], env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    said = CliRunner().invoke(
        cli,
        ["migrate", "--grant-to", "the portal's"],
        env={
            "PORTAL_DATABASE_URL": f"postgresql://its%20owner@/the%20portal's?host={home}",
            "PORTAL_SECRET_KEY": "a key for tests, long enough to be one",
        },
    )
    assert (said.exit_code, said.output) == (0, "")
    for user, owns in (("the portal's", False), ("its owner", True)):
        with psycopg.connect(host=home, user=user, dbname="the portal's") as connection:
            powers = connection.execute(
                "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            owned = connection.execute(
                "SELECT (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()) = current_user,"
                " (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'event'::regclass) = current_user,"
                " has_table_privilege('event', 'INSERT'), has_table_privilege('event', 'DELETE'),"
                " has_schema_privilege(current_schema(), 'CREATE'), pg_has_role('portal_agency', 'MEMBER'),"
                " pg_has_role('portal_agency', 'USAGE'), row_security_active('loan')"
            ).fetchone()
        assert powers == (False, False, False, False)
        assert owned == (owns, owns, True, owns, owns, not owns, False, not owns)


def test_each_shipped_way_names_the_proxy_before_it() -> None:
    env = (DEPLOY / "systemd" / "portal.env.example").read_text()
    compose = (DEPLOY / "compose.yaml").read_text()
    assert "\nPORTAL_TRUSTED_PROXIES=127.0.0.1\n" in env
    assert 'PORTAL_TRUSTED_PROXIES: "${PORTAL_TRUSTED_PROXIES:-172.30.77.1}"' in compose
    assert "gateway: 172.30.77.1" in compose


def test_the_shipped_proxy_reads_requests_whole_and_says_itself_who_asks() -> None:
    said = (DEPLOY / "nginx" / "portal.conf").read_text()
    for line in (
        "proxy_request_buffering on;",
        "client_body_timeout 15s;",
        "client_header_timeout 10s;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header Host $host;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
        "return 308 https://$server_name$request_uri;",
    ):
        assert line in said


def test_compose_understands_the_file(tmp_path: Path) -> None:
    program = shutil.which("docker")
    has_compose = (
        program
        and not subprocess.run([program, "compose", "version"], capture_output=True, check=False).returncode
    )
    if not has_compose:
        pytest.skip("docker compose is not on this machine")
    copy = tmp_path / "compose.yaml"
    copy.write_text((DEPLOY / "compose.yaml").read_text())
    (tmp_path / "portal.env").touch()
    environ = {
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "POSTGRES_PASSWORD": "p",
        "POSTGRES_OWNER_PASSWORD": "o",
        "PORTAL_SECRET_KEY": "k" * 40,
    }
    done = subprocess.run(
        [str(program), "compose", "-f", str(copy), "config", "--quiet"],
        env=environ, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
