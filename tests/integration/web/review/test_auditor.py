"""The auditor reads everything and changes nothing."""

from collections.abc import Mapping

import pytest
from flask import Flask

from portal.domain.permissions import Role
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.test_access import ROLES, ask, cells
from tests.integration.web.worlds import build_world, changed, form_token, snapshot, visit

FORMS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "review.approve",
            "review.ask",
            "review.ask_lender_page",
            "review.counter",
            "review.decide_service",
            "review.decline",
            "review.end_plan",
            "review.reinstate",
            "review.second",
            "review.bulk",
            "review.bulk_preview",
            "review.change_incident_page",
            "review.new_incident",
            "review.write_policy",
        ),
        "asks for an act; what it shows stands on the case's own page too",
    ),
    **dict.fromkeys(
        (
            "review.away",
            "review.invite_staff",
            "review.callers",
            "review.support",
            "review.taken_down",
            "review.take_down",
        ),
        "asks for an act and shows nothing else",
    ),
    "review.call_noted": "a caller's own call; its outcome stands in the record",
    "review.call": "a call that somebody holds: the number is the caller's alone; its outcome stands in the record",
    "review.attachment": "evidence of hardship is for who decides, and erased afterwards (rule P17)",
    "review.support_revealed": "a number that an agent uncovered for themselves, for 30 seconds",
    "review.support_wrap_up": "an agent's own call; what was noted stands with the calls that are read again",
}
"""Pages that are not to be read, each with the reason."""
OWN: Mapping[str, str] = {
    "review.sign_in": "signing in",
    "review.sign_out": "signing out",
    "review.send_join": "whoever has an invitation",
    "review.declare_relation": "one's own declaration",
    "review.confirm_own_relations": "one's own declaration",
    "review.add_own_key": "one's own keys",
    "review.ask_key_as_proof": "one's own keys",
    "review.ask_key_at_sign_in": "signing in",
    "review.ask_own_key": "one's own keys",
    "review.change_own_password": "one's own password",
    "review.remove_own_key": "one's own keys",
    "review.send_key_at_sign_in": "signing in",
    "review.end_my_session": "one's own sessions",
    "review.end_my_other_sessions": "one's own sessions",
    "review.keep": "one's own views of the queue",
    "review.rename": "one's own views of the queue",
    "review.delete": "one's own views of the queue",
    "review.default": "one's own views of the queue",
    "review.search": "a search, sent because it is not to stand in an address",
    "review.find_cases": "a search, sent because it is not to stand in an address",
    "review.ask_figure_report": "has figures printed; sums alone, and nothing changes but that there is a report",
    "review.make_evidence": "puts evidence together; nothing of the case changes",
}
"""What an auditor sends; all else is refused."""
TRACES = {"event", "thread", "web_session", "rate_count", "saved_view", "staff_member", "staff_declaration"}
"""Traces of looks, and what is the auditor's own."""


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


def test_an_auditor_opens_every_page_that_staff_read(app: Flask, writing: Writing) -> None:
    world = build_world(writing)
    client = visit(app, staff=world.staff[Role.AUDITOR])
    closed, opened = [], 0
    for cell in cells(app, world):
        if cell.endpoint not in ROLES or cell.method != "GET" or cell.endpoint in FORMS:
            continue
        if (
            Role.AGENT in ROLES[cell.endpoint]
            and cell.path.startswith("/desk/support/")
            and world.things["support"] in cell.path
        ):
            continue  # in a call that the borrower allowed to this agent alone
        answer = client.get(cell.path)
        opened += 1
        if answer.status_code not in {200, 303}:
            closed.append(f"{cell}: {answer.status_code}")
    assert "\n".join(closed) == ""
    assert opened > 30


def test_what_is_not_to_be_read_is_closed_to_the_auditor(app: Flask) -> None:
    assert {endpoint for endpoint in FORMS if Role.AUDITOR in ROLES[endpoint]} == set()


def test_an_auditor_sends_nothing_that_changes_anything(
    app: Flask, writing: Writing, database: Database
) -> None:
    world = build_world(writing)
    client = visit(app, staff=world.staff[Role.AUDITOR])
    before, faults, refused = snapshot(database.engine), [], 0
    for cell in cells(app, world):
        is_desks = cell.path.startswith("/desk") and cell.method in {"POST", "PUT", "PATCH", "DELETE"}
        if not is_desks or cell.endpoint in OWN or cell.endpoint == "public.set_desk_language":
            continue
        answer = ask(client, cell, form_token(client, cell.path))
        refused += 1
        if answer.status_code != 403:
            faults.append(f"{cell}: {answer.status_code}")
    assert faults == []
    assert refused > 80
    assert set(changed(before, snapshot(database.engine))) <= TRACES
