"""The short form of the day at the desk (``python -m benchmarks.desk_day`` is the long one, with a server that is killed)."""

import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.clocks import HandClock
from tests.databases import Database
from tests.desk_day import (
    APPROVERS,
    AtTheDesk,
    Day,
    Odds,
    faults,
    go_out,
    lay_out,
    passed_over,
    promised_times,
    waiting,
)

pytestmark = pytest.mark.slow
CASES = 30
OWN_TRIES = 3
PATIENCE = 120


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()


def test_ten_approvers_decide_each_case_once_whatever_is_left_lying_or_cut_off(
    database: Database, port: int, clock: HandClock
) -> None:
    people = lay_out(database.engine, CASES)
    promised = promised_times(database.engine)
    odds = Odds(forgotten=15, cut_off=15)
    day = Day(database.engine, port, clock.now, own_tries=OWN_TRIES, odds=odds)
    desks = [AtTheDesk(day, staff_id, own) for staff_id, own in people]
    for desk in desks:
        desk.start()
    end = time.monotonic() + PATIENCE
    while waiting(database.engine) and time.monotonic() < end:
        time.sleep(0.2)
        clock.move_on(minutes=3)  # leases of what lies about run out
        go_out(day)
    day.is_over.set()
    for desk in desks:
        desk.join(PATIENCE)
    clock.move_on(minutes=2)
    go_out(day)
    assert faults(database.engine, CASES) == []
    assert max(passed_over(database.engine, promised).values(), default=0) <= 2 * APPROVERS
    assert day.answers["own tries"] == day.answers["own tries refused"] >= APPROVERS * OWN_TRIES
    assert day.answers["500"] == 0
