"""What monitoring reads: alive, ready, counted; closed to strangers, and nothing in it about anybody."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from portal import create_app
from portal.config import Config, ConfigError
from portal.db import make_engine, migrate_down, transaction
from portal.domain.permissions import SYSTEM, Role
from portal.models import Agreement, Document
from portal.services.documents import keep_sealed
from portal.services.outbox import enqueue
from portal.services.read_only import make_read_only
from portal.services.record import record
from portal.web import writes
from portal.web.access import public_page
from tests.checked_client import CheckedClient, form_of
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import SignIn, Writing
from tests.integration.web.worlds import build_world, visit
from tests.people import NOW, Cast, add_loan
from tests.stories import Story

TOKEN = "a token for monitoring, long enough to be one"


@pytest.fixture
def watched(config: Config, database: Database, clock: HandClock) -> Flask:
    app = create_app(replace(config, metrics_token=TOKEN), engine=database.engine, clock=clock)
    app.test_client_class = CheckedClient
    return app


def read(app: Flask) -> dict[str, float]:
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        sample.name + str(sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize("path", ["/health", "/healthz"])
def test_it_is_alive(client: CheckedClient, path: str) -> None:
    assert client.get(path).json == {"status": "alive"}


@pytest.mark.personal_data("why somebody made it read-only, kept as it was typed at the server")
@pytest.mark.parametrize("path", ["/ready", "/readyz"])
def test_it_is_ready_and_says_when_it_only_reads(client: CheckedClient, writing: Writing, path: str) -> None:
    assert client.get(path).json == {"status": "ready"}
    with writing() as session:
        make_read_only(session, SYSTEM, reason="the disk of 李娜 is moved", now=NOW)
    answer = client.get(path)
    assert (answer.status_code, answer.json) == (200, {"status": "read_only"})


def test_it_is_not_ready_before_the_newest_migration(client: CheckedClient, database: Database) -> None:
    migrate_down(database.url, "-1")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "migrating"})


def test_it_is_not_ready_before_the_first_migration(config: Config, clock: HandClock, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    answer = create_app(config, engine=engine, clock=clock).test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "migrating"})
    engine.dispose()


def test_figures_are_denied_without_the_token(client: CheckedClient, watched: Flask) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    stranger = watched.test_client()
    for shown in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {TOKEN}x"}):
        assert stranger.get("/metrics", headers=shown).status_code == 404


def test_a_short_token_is_refused(config: Config) -> None:
    with pytest.raises(ConfigError, match="PORTAL_METRICS_TOKEN"):
        replace(config, metrics_token="short")


def test_answers_and_events_are_counted(
    watched: Flask, cast: Cast, sign_in: SignIn, writing: Writing
) -> None:
    before = read(watched)
    client = watched.test_client()
    assert isinstance(client, CheckedClient)
    sign_in(client, cast.li_na)
    client.get("/no-such-page")
    with writing() as session:
        enqueue(session, kind="agreement:seal", dedupe_key="x", payload={}, now=NOW)
    watched.extensions["portal"].clock.move_on(minutes=3)
    after = read(watched)

    def grew(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grew("portal_requests_total[('endpoint', 'none'), ('method', 'GET'), ('status', '404')]") == 1
    assert grew("portal_events_total[('name', 'session:started')]") == 1
    assert after["portal_outbox_waiting[('kind', 'agreement:seal')]"] == 1
    assert after["portal_outbox_oldest_seconds[('kind', 'agreement:seal')]"] == 180
    assert after["portal_read_only[]"] == 0
    assert after["portal_shared_limit_spent[('limit', 'code:everywhere')]"] == pytest.approx(1 / 50_000)
    assert after["portal_networks_shut_out[('limit', 'code:everywhere')]"] == 0
    assert after["portal_staff_tried_hard[]"] == 0
    assert after["portal_record_lag_seconds[]"] > 0


def test_damaged_files_are_counted(watched: Flask, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na)).submit()
        agreement = session.scalars(select(Agreement)).one()
        keep_sealed(session, SYSTEM, agreement_id=agreement.id, body=b"%PDF-1.7 sealed", now=NOW)
        session.execute(update(Document).values(body_sealed=b"spoilt"))
    before, name = read(watched), "portal_damaged_files_total[('code', 'document_damaged')]"
    li_na = visit(watched, borrower=cast.li_na.id)
    assert li_na.get(f"/agreements/{agreement.public_id}/agreement.pdf").status_code == 500
    assert read(watched)[name] - before.get(name, 0) == 1


def test_what_is_undone_is_not_counted(watched: Flask) -> None:
    before, engine = read(watched), watched.extensions["portal"].engine
    with transaction(engine) as session:
        record(session, SYSTEM, "policy:published", now=NOW, policy_version="kept")
        with suppress(ZeroDivisionError), session.begin_nested():
            record(session, SYSTEM, "policy:published", now=NOW, policy_version="taken back")
            raise ZeroDivisionError
    with suppress(ZeroDivisionError), transaction(engine) as session:
        record(session, SYSTEM, "policy:published", now=NOW, policy_version="undone")
        raise ZeroDivisionError
    name = "portal_events_total[('name', 'policy:published')]"
    assert read(watched)[name] - before.get(name, 0) == 1


def test_nothing_in_the_figures_is_about_anybody(watched: Flask, writing: Writing) -> None:
    world = build_world(writing)
    client = visit(watched, borrower=world.cast.li_na.id)
    desk = visit(watched, staff=world.staff[Role.SUPERVISOR])
    for path in (f"/loans/{world.things['loan']}", "/record", "/?q=李娜", "/check?code=7K3M-9QXR-04TW-HZ5C4"):
        client.get(path)
    desk.get(f"/desk/cases/{world.things['waiting']}")
    said = (
        watched.test_client()
        .get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        .get_data(as_text=True)
    )
    for planted in (world.things["loan"], world.things["waiting"], "李娜", "7K3M", "13800138001"):
        assert planted not in said
    labels = set(re.findall(r'(\w+)="', said))
    assert labels <= {
        "code",
        "endpoint",
        "method",
        "status",
        "name",
        "kind",
        "limit",
        "outcome",
        "le",
        "state",
    }


def test_a_request_bears_its_number_in_the_answer(client: CheckedClient) -> None:
    made = client.get("/sign-in").headers["X-Request-ID"]
    assert re.fullmatch(r"R[2-9A-Z]{8}", made)
    given = "0b6a3f52-6a3c-4c57-9b0a-2f1f6f3f0e11"
    answer = client.get("/no-such-page", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given
    # The page keeps the short number: it is read out on the telephone, and looked up by it.
    page = answer.get_data(as_text=True)
    assert given not in page
    assert re.search(r"\bR[2-9A-Z]{8}\b", page)
    for odd in ("13800138001", "110101199003071024", "x" * 36, given + "0"):
        assert client.get("/sign-in", headers={"X-Request-ID": odd}).headers["X-Request-ID"] != odd


def test_a_word_of_anybodys_is_no_label(watched: Flask) -> None:
    watched.test_client().open("/sign-in", method="XYZZY13800138000")
    said = watched.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert "XYZZY" not in said
    assert 'method="other"' in said


def test_a_database_that_dies_is_told_as_such_where_figures_are_kept(watched: Flask) -> None:
    """What is noted of a transaction cannot be asked of a connection that is gone."""

    @public_page
    def cut_off() -> str:
        connection = writes.database().connection()
        with writes.database().begin_nested():
            connection.invalidate()
            raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    watched.add_url_rule("/cut-off", "cut_off", cut_off, methods=["GET", "POST"])
    client = watched.test_client()
    assert client.get("/cut-off").status_code == 503
    token = form_of(client.get("/sign-in").get_data(as_text=True))[1]["csrf_token"]
    assert client.post("/cut-off", data={"csrf_token": token}).status_code == 503
    assert client.get("/sign-in").status_code == 200


def test_processes_count_together(tmp_path: str) -> None:
    """Two processes count into one folder, and each tells the sum."""
    program = """
from portal.adapters import metrics
metrics.JOBS.labels("agreement:seal", "done").inc()
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry(); MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for wanted in ("1.0", "2.0"):
        done = subprocess.run(
            [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
        )
        assert f'portal_jobs_total{{kind="agreement:seal",outcome="done"}} {wanted}' in done.stdout
