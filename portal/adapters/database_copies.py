"""Copies of a whole database as it stood at one moment, while others write, and databases made of such copies.

SQLite: its own online backup, in one step, so that writers are not held up and cannot make it begin anew. PostgreSQL: ``pg_dump`` and
``pg_restore``, which read one snapshot; the password goes to them through the environment, where nobody sees it.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from sqlalchemy import Engine, inspect, make_url

from portal.adapters.agency_policies import has_policies, hidden_tables, is_of_wall

NAMES: Final = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_VARIABLES: Final = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "service": "PGSERVICE",
    "sslcrl": "PGSSLCRL",
    "gssencmode": "PGGSSENCMODE",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "application_name": "PGAPPNAME",
    "client_encoding": "PGCLIENTENCODING",
}
_BESIDE: Final = ("-wal", "-shm", "-journal")


class CopyFailedError(Exception):
    """A database could not be copied, or put back; the message is what its own program says."""


def kind_of(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def copy_database(url: str, folder: Path, *, sees_all: bool = False) -> Path:
    """Write a copy into the folder and bring it to the disk. Raises ``CopyFailedError``.

    ``sees_all``: policies speak to this account, and ``sees_all_rows`` said that they keep nothing from it. Without it ``pg_dump`` refuses
    a table that has some, for it cannot know.
    """
    kind = kind_of(url)
    target = folder / NAMES[kind]
    if kind == "sqlite":
        _copy_sqlite(url, target)
    else:
        asked = ["--enable-row-security"] if sees_all else []
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", *asked, f"--file={target}"], url)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return target


def sees_all_rows(engine: Engine) -> bool:
    """Whether policies of PostgreSQL's speak to this account, and let it see every row of every table."""
    if engine.dialect.name == "sqlite":
        return False
    with engine.connect() as connection:
        return has_policies(connection) and not hidden_tables(connection)


def check_copy(copy: Path, kind: str) -> None:
    """Raises ``CopyFailedError`` where the database's own program cannot read it."""
    if kind == "sqlite":
        with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as connection:
            try:
                said = connection.execute("PRAGMA integrity_check").fetchall()
            except sqlite3.DatabaseError as error:
                raise CopyFailedError(str(error)) from error
        if said != [("ok",)]:
            raise CopyFailedError(str(said[0][0]))
    else:
        _run(["pg_restore", "--file=/dev/null", str(copy)], None)


def put_back(copy: Path, url: str) -> None:
    """Make the empty database at ``url`` of a copy, whole or not at all. Raises ``CopyFailedError``.

    Policies stay out: they name a role that may not be there, and whoever grants puts them up again (``agency_policies``).
    """
    if kind_of(url) == "sqlite":
        target = Path(make_url(url).database or "")
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.restoring")
        fresh.touch(mode=0o600)
        try:
            shutil.copyfile(copy, fresh)
            fresh.replace(target)
        finally:
            fresh.unlink(missing_ok=True)
        return
    name = libpq_environment(url).get("PGDATABASE", "")
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".list") as wanted:
        wanted.write(_without_wall(_run(["pg_restore", "--list", str(copy)], None)))
        wanted.flush()
        _run(
            [
                "pg_restore",
                "--no-owner",
                "--no-privileges",
                "--single-transaction",
                f"--use-list={wanted.name}",
                f"--dbname={name}",
                str(copy),
            ],
            url,
        )


def is_empty(engine: Engine) -> bool:
    """Whether no table is there; for a SQLite file, whether there is no file or nothing in it."""
    if engine.dialect.name == "sqlite":
        file = Path(engine.url.database or "")
        return not file.exists() or file.stat().st_size == 0 or not inspect(engine).get_table_names()
    return not inspect(engine).get_table_names()


def left_beside(url: str) -> Sequence[Path]:
    """What another SQLite database left beside the file: SQLite would play it back into whatever is put there."""
    file = Path(make_url(url).database or "")
    beside = [file.with_name(file.name + ending) for ending in _BESIDE] if kind_of(url) == "sqlite" else []
    return [path for path in beside if path.exists()]


def libpq_environment(url: str) -> Mapping[str, str]:
    """What tells PostgreSQL's programs what the engine's driver is told. Raises ``CopyFailedError`` where something cannot be told."""
    there = make_url(url).set(drivername="postgresql+psycopg")
    _, said = there.get_dialect()().create_connect_args(there)
    for name, value in said.items():
        if name not in _VARIABLES or not isinstance(value, str | int):
            raise CopyFailedError(f"PORTAL_DATABASE_URL: {name} cannot be told to PostgreSQL's programs")
    return {_VARIABLES[name]: str(value) for name, value in said.items()}


def _copy_sqlite(url: str, target: Path) -> None:
    source = make_url(url).database
    with (
        closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=60)) as there,
        closing(sqlite3.connect(target)) as here,
    ):
        try:
            there.backup(here)
        except sqlite3.Error as error:
            raise CopyFailedError(str(error)) from error


def _without_wall(listed: str) -> str:
    return "".join(line for line in listed.splitlines(keepends=True) if not is_of_wall(line))


def _environment(url: str | None) -> Mapping[str, str]:
    """This process's own with what the address says. ``PGPASSWORD`` belongs to PORTAL_DATABASE_URL, and goes to no other server and for no
    other account.
    """
    told = libpq_environment(url) if url else {}
    own = os.environ.get("PORTAL_DATABASE_URL", "")
    is_theirs = (
        bool(url and own) and kind_of(own) == "postgresql" and _whom(libpq_environment(own)) == _whom(told)
    )
    inherited = {name: value for name, value in os.environ.items() if name != "PGPASSWORD" or is_theirs}
    return {**inherited, **told}


def _whom(told: Mapping[str, str]) -> Sequence[str | None]:
    return [told.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGSERVICE")]


def _run(program: Sequence[str], url: str | None) -> str:
    """What it says."""
    environ = _environment(url)
    try:
        # nosemgrep: dangerous-subprocess-use-audit - programs of PostgreSQL
        done = subprocess.run(program, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - programs of PostgreSQL
    except FileNotFoundError as error:
        raise CopyFailedError(f"{program[0]} is not on this machine: install PostgreSQL's client") from error
    if done.returncode:
        raise CopyFailedError(_why(done.stderr, program[0]))
    return done.stdout


def _why(said: str, name: str) -> str:
    """What the program itself says first, and not what wraps it."""
    lines = said.strip().splitlines()
    return next((line for line in lines if line.startswith(f"{name}: ")), lines[0] if lines else name)
