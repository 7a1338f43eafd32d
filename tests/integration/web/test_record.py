"""The record's checkpoint at its address: what was signed, as it was signed."""

from dataclasses import replace

from flask import Flask

from portal import create_app
from portal.adapters.checkpoint_copies import checkpoint_store
from portal.adapters.record_keys import is_signed_by
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.domain.checkpoints import Checkpoint
from portal.domain.permissions import SYSTEM, Role
from portal.domain.signed_notes import NoteKey, SignedNote
from portal.services.record import record
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import Cast, add_loan, add_staff
from tests.plan_walks import shown_text
from tests.stories import Story


def test_before_the_first_checkpoint_there_is_none(client: CheckedClient) -> None:
    assert client.get("/record/checkpoint").status_code == 404
    assert client.get("/record/keys").status_code == 404


def test_anybody_can_fetch_and_check_the_newest(
    client: CheckedClient, config: Config, database: Database, writing: Writing, cast: Cast
) -> None:
    keeper = keeper_of(config, database.engine)
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na)).start()
    first = keeper.keep()
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-2")).start()
    assert keeper.keep().size > first.size
    answer = client.get("/record/checkpoint")
    assert answer.mimetype == "text/plain"
    note = SignedNote.parse(answer.get_data(as_text=True))
    (key,) = map(NoteKey.parse, client.get("/record/keys").get_data(as_text=True).splitlines())
    assert note.signers([key], is_signed_by) == [key]
    assert Checkpoint.parse(note.text).size > first.size


def test_whoever_watches_learns_how_the_record_stands(
    client: CheckedClient, config: Config, database: Database, writing: Writing, cast: Cast, clock: HandClock
) -> None:
    with writing() as session:
        Story(session, cast.li_na, add_loan(session, cast.li_na)).start()
    assert client.get("/record/health").json == {
        "status": "unsigned", "covered": 0, "uncovered": 2, "seconds": 0
    }  # fmt: skip
    size = keeper_of(config, database.engine).keep().size
    answer = client.get("/record/health")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "kept", "covered": size, "uncovered": 0, "seconds": 0},
    )
    with writing() as session:
        record(session, SYSTEM, "calendar:published", now=clock.now(), calendar_version=2027)
    clock.move_on(seconds=config.record_lag_seconds)
    assert client.get("/record/health").status_code == 200
    clock.move_on(seconds=1)
    answer = client.get("/record/health")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "late", "covered": size, "uncovered": 1, "seconds": config.record_lag_seconds + 1
    }  # fmt: skip
    checkpoint_store(config).say_broken("the first 3 places are not what was signed for")
    assert (client.get("/record/health").json or {})["status"] == "broken"


def test_a_supervisor_is_told_that_the_record_lags(
    app: Flask, config: Config, writing: Writing, cast: Cast, clock: HandClock
) -> None:
    with writing() as session:
        supervisor = add_staff(session, "2090", "super.visor", "管事的", Role.SUPERVISOR)
        record(session, SYSTEM, "calendar:published", now=clock.now(), calendar_version=2027)
    desk = visit(app, staff=supervisor.id)
    assert "没有检查点" not in shown_text(desk.get("/desk/team"))
    clock.move_on(seconds=config.record_lag_seconds + 60)
    assert "没有检查点" in shown_text(desk.get("/desk/team"))


def test_time_stamps_lie_at_the_configured_address_whatever_a_request_came_by(
    config: Config, database: Database, clock: HandClock
) -> None:
    """A proxy ends TLS: requests come by http, whoever keeps copies asks by https."""
    checkpoint_store(config).keep_stamp(7, b"a token")
    there = replace(config, base_url="https://plans.example.com/")
    app = create_app(there, engine=database.engine, clock=clock)
    said = app.test_client().get("/record/time-stamps").get_data(as_text=True)
    assert said == "https://plans.example.com/record/checkpoints/7/time-stamp\n"
