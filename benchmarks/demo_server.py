"""The demo, seeded and served for one measuring."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.db import make_engine
from tests.databases import Database
from tests.journeys.servers import ROOT, SECRET_KEY, Server, served
from tests.people import TODAY


@contextmanager
def demo_server() -> Iterator[Server]:
    """``portal serve`` over a demo of its own."""
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'portal.sqlite3'}"
        environment = {
            "PORTAL_DEMO": "1",
            "PORTAL_DATA_DIR": name,
            "PORTAL_DATABASE_URL": url,
            "PORTAL_SECRET_KEY": SECRET_KEY,
            "BUSINESS_DATE": TODAY.isoformat(),
        }
        subprocess.run(
            [sys.executable, "-m", "portal", "demo", "seed", "--migrate"],
            env={**os.environ, **environment},
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        engine = make_engine(url)
        try:
            with served(Database("sqlite", url, engine), folder) as server:
                yield server
        finally:
            engine.dispose()
