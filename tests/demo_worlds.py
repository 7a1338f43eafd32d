"""The demo's people and what they did, put into a database of a test's own."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from portal.commands.demo_clock import DemoClock
from portal.commands.demo_seed import seed_demo
from portal.commands.migrate import publish_first
from portal.config import Config
from portal.db import transaction
from portal.services.ports import DocumentRenderer
from tests.blank_documents import BlankDocuments
from tests.databases import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=SHANGHAI)
KEY = "a secret key for tests, long enough"
BLANK = BlankDocuments()


def demo_config(database: Database, folder: Path) -> Config:
    return Config(database_url=database.url, secret_key=KEY, data_dir=folder, demo=True, secure_cookies=False)


def put_in(
    database: Database,
    folder: Path,
    *,
    now: datetime = NOW,
    renderer: DocumentRenderer | None = BLANK,
) -> None:
    clock = DemoClock(SHANGHAI, now)
    with transaction(database.engine) as session:
        publish_first(session, clock)
    seed_demo(demo_config(database, folder), database.engine, clock, renderer=renderer)
