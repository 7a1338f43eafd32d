"""Servers and workers that are asked to end: what is begun is finished."""

from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import func, select

from portal.db import transaction
from portal.models import OutboxItem
from tests.databases import Database
from tests.faults.acts import Cast, Kind
from tests.faults.clients import Crowd
from tests.faults.killing import world
from tests.faults.processes import PATIENCE, server, worker
from tests.faults.stopping import alive
from tests.journeys.servers import free_port


@pytest.mark.parametrize("where", ["worker", "server"])
def test_whoever_works_finishes_what_is_in_hand(database: Database, tmp_path: Path, where: str) -> None:
    """A worker of its own, and the one that a small installation has inside of its server."""
    with world(database, tmp_path / "data") as made:
        acts = {act.kind: act for act in Cast(made).acts(1)}
        crowd = Crowd([f"http://127.0.0.1:{free_port()}"])
        serving = server(database, tmp_path / "data", int(crowd.urls[0].rpartition(":")[2]))
        with alive([serving]), crowd.at_it(1):
            crowd.waiting.put(acts[Kind.SIGN_AT_ONCE])
            crowd.settle()
    assert acts[Kind.SIGN_AT_ONCE].answers == [303]
    program = worker(database, tmp_path / "data")
    if where == "server":
        port = free_port()
        program = server(database, tmp_path / "data", port, PORTAL_WORKER_THREAD="1")
    program.start(failpoints="document.rendered=sleep:4")
    _until(database, OutboxItem.leased_until.is_not(None), OutboxItem.kind == "agreement:seal")
    program.terminate()
    assert program.wait(PATIENCE)
    with transaction(database.engine, writes=False) as session:
        leased = session.scalars(select(OutboxItem.kind).where(OutboxItem.leased_until.is_not(None))).all()
        state = session.scalars(select(OutboxItem.state).where(OutboxItem.kind == "agreement:seal")).one()
    assert leased == []
    assert state == "done"


def _until(database: Database, *conditions: object) -> None:
    for _ in range(1200):
        with transaction(database.engine, writes=False) as session:
            if session.scalar(select(func.count()).where(*conditions)):  # type: ignore[arg-type]
                return
        sleep(0.05)
    raise AssertionError("it never came to that")
