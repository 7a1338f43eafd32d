"""The newest migrations on a database of real size while people send forms: ``python -m benchmarks.schema_change BEFORE [--url URL]``.

``BEFORE`` is a checkout of an earlier version in which ``bin/setup dev`` was run, as docs/operations.md has it ("Upgrading while people
work"): its programs serve, sign and send, and stay, while ``portal migrate`` of this checkout brings its PostgreSQL database to the newest
schema. Without ``--url`` the database is made and filled first (``benchmarks.real_size``). Prints a log in Markdown; status 1 where a form
was answered wrongly, or anything is lost or there by half.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

import click

from benchmarks.databases import made_on
from portal.adapters.logs import configure_logs
from portal.db import make_engine
from tests.journeys.servers import ROOT, SECRET_KEY
from tests.postgresql_server import DURABLE, running_server
from tests.schema_facts import facts_of

PEOPLE: Final = Path(__file__).with_name("forms_of_before.py")


@click.command()
@click.argument("before", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--url", help="A database that was filled by BEFORE; it is migrated.")
@click.option("--stories", default=3000, show_default=True, help="Proposals beside the book.")
def main(before: Path, url: str | None, stories: int) -> None:
    """Serve by the program of before, migrate by this one, and look at every form."""
    configure_logs()
    with _server(url) as address, TemporaryDirectory() as folder:
        words: list[str | Path] = [
            before.resolve() / ".venv/bin/python",
            "-P",
            PEOPLE,
            address,
            folder,
            str(0 if url else stories),
        ]
        settings = {
            **os.environ,
            "PYTHONPATH": str(before.resolve()),
            "FONTCONFIG_FILE": str(before.resolve() / ".fonts/fonts.conf"),
        }
        with subprocess.Popen(
            words, env=settings, cwd=before, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as people:
            assert people.stdin is not None
            assert people.stdout is not None
            start = json.loads(people.stdout.readline())
            steps = _migrate(address)
            people.stdin.write("migrated\n")
            people.stdin.flush()
            end = json.loads(people.stdout.readline())
    click.echo("\n".join(_log(start, steps, end)))
    sys.exit(bool(end["faults"]))


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with running_server(DURABLE) as server:
        yield made_on(server, "real", like="template0")


def _migrate(url: str) -> Mapping[str, Any]:
    """By ``bin/portal migrate``, as somebody at the shell does."""
    engine = make_engine(url)
    with engine.connect() as connection:
        before = facts_of(connection)
    settings = {**os.environ, "PORTAL_DATABASE_URL": url, "PORTAL_SECRET_KEY": SECRET_KEY, "PORTAL_DEMO": "1"}
    began = monotonic()
    done = subprocess.run(
        [ROOT / "bin/portal", "migrate"], env=settings, check=False, capture_output=True, text=True
    )
    seconds = monotonic() - began
    with engine.connect() as connection:
        after = facts_of(connection)
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    engine.dispose()
    changed = sum(before.get(name) != after.get(name) for name in before.keys() | after.keys())
    return {
        "seconds": seconds,
        "status": done.returncode,
        "to": version,
        "changed": changed,
        "said": done.stderr,
    }


def _log(start: Mapping[str, Any], steps: Mapping[str, Any], end: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, PostgreSQL, migrations {start['at']} to {steps['to']} while people send forms"
    yield f"- {start['there']}; {start['size']}."
    yield f"- `portal migrate` ended with {steps['status']} after {steps['seconds']:.1f} s; {steps['changed']} facts of the schema changed."
    for name in ("before", "meanwhile", "after"):
        yield f"- Forms {name}: {end[name]['forms']}, answers {end[name]['answers']}, the longest {end[name]['longest']:.2f} s."
    yield f"- `/readyz` of the program of before, asked all the while: {end['ready']}."
    yield f"- Wrong: {'; '.join(end['faults']) or 'nothing'}."
    yield ""


if __name__ == "__main__":
    main()
