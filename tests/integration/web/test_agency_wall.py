"""Staff of agencies: their requests have a role of the database's own, with the tables of their window alone (decisions 0286, 0301)."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from portal.adapters.database_rights import AGENCY_RIGHTS, wall_off
from portal.commands.record_keeping import keeper_of
from portal.config import Config
from portal.db import transaction
from portal.domain.call_outcomes import CallOutcome
from portal.domain.permissions import Role
from portal.models import (
    Agency,
    Attachment,
    Base,
    Call,
    Creditor,
    Event,
    Message,
    ReviewItem,
    StaffMember,
    StaffRelation,
    SupportCall,
)
from portal.web import writes
from portal.web.people import StaffPerson
from portal.web.review.own_sessions import OwnSession, own_sessions
from tests.callers import AT_TEN
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import post_to, sign_in_data
from tests.integration.web.test_access import ANYBODYS, ask, cells, outcome
from tests.integration.web.worlds import World, build_world, form_token, visit
from tests.narrow_accounts import narrow_account
from tests.people import PASSWORD, add_borrower
from tests.placements import place as place_loan

pytestmark = pytest.mark.postgresql


@pytest.fixture
def database(postgresql_database: Database) -> Iterator[Database]:
    with narrow_account(postgresql_database) as narrow:
        yield narrow


@pytest.fixture
def world(writing: Writing, config: Config, database: Database) -> World:
    built, keeper = build_world(writing), keeper_of(config, database.engine)
    size = keeper.keep().size
    keeper.store.keep_stamp(size, b"a time stamp")
    return replace(built, things={**built.things, "checkpoint": str(size)})


def names_of_files(session: Session) -> list[str]:
    """As a page would ask that shows what borrowers sent to the lender."""
    return list(session.scalars(select(Attachment.public_id)))


def test_what_is_not_of_their_window_is_not_open(database: Database, world: World) -> None:
    with transaction(database.engine) as session:
        assert names_of_files(session)
    for model in (Attachment, Message, SupportCall, ReviewItem):
        with transaction(database.engine) as session:
            assert wall_off(session, 0, at=AT_TEN)
            with pytest.raises(ProgrammingError, match="permission denied"):
                session.scalars(select(model)).all()
    with transaction(database.engine) as session:
        assert names_of_files(session), "the wall ends with its transaction"


def test_no_table_but_those_of_the_window_is_open(database: Database, world: World) -> None:
    opened = set()
    for table in {*Base.metadata.tables, "alembic_version"}:
        with transaction(database.engine) as session:
            wall_off(session, 0, at=AT_TEN)
            try:
                session.execute(text(f"SELECT * FROM {table} LIMIT 1"))
            except ProgrammingError:
                session.rollback()
            else:
                opened.add(table)
    assert opened == set(AGENCY_RIGHTS) - {"event", "verified_account"}


@pytest.mark.parametrize(("role", "sees"), [(Role.COLLECTOR, False), (Role.APPROVER, True)])
def test_a_page_that_asks_for_more_shows_none_of_it(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch, role: Role, sees: bool
) -> None:
    """Asked for within the first transaction of a request, and within one that is begun anew for writing."""
    answers: list[bool] = []

    def forgetful(person: StaffPerson) -> list[OwnSession]:
        for begin in (writes.database, begun_anew):
            try:
                answers.append(bool(names_of_files(begin())))
            except ProgrammingError:
                answers.append(False)
                writes.let_go()
        return own_sessions(person)

    monkeypatch.setattr("portal.web.review.account.own_sessions", forgetful)
    assert visit(app, staff=world.staff[role]).get("/desk/me").status_code == 200
    assert answers == [sees, sees]


def begun_anew() -> Session:
    writes.open_for_writing()
    return writes.database()


def test_they_do_all_that_is_theirs_to_do(
    app: Flask, world: World, clock: HandClock, writing: Writing
) -> None:
    """Signing in, in one's own language, whom one is close to, another password, signing out; a refusal is on record."""
    who, newer = world.cast.he_jing, "another calm day at the desk"
    with writing() as session:
        session.get_one(StaffMember, who.id).relations_confirmed_at = None
    client, other = visit(app), visit(app)
    for each in (other, client):
        clock.move_on(seconds=30)
        assert each.submit("/desk/sign-in", sign_in_data(who.login, clock.now())).status_code == 303
    assert client.get("/desk/me").status_code == 200
    assert client.get("/desk/agencies").status_code == 403
    relations = "/desk/me/relations"
    typed = {"kind": "spouse", "number": "L-1001"}
    assert client.submit(relations, typed, action=relations).status_code == 303
    assert post_to(client, f"{relations}/confirm").status_code == 303
    clock.move_on(seconds=30)
    code = sign_in_data(who.login, clock.now())["code"]
    passwords = {"old": PASSWORD, "password": newer, "again": newer, "code": code}
    assert client.submit("/desk/me/password", passwords).status_code == 303
    assert other.get("/desk/me").status_code == 303, "signed out everywhere else"
    assert client.submit("/desk/me", action="/desk/sign-out").status_code == 303
    with writing() as session:
        related = session.scalars(
            select(StaffRelation.borrower_id).where(StaffRelation.staff_member_id == who.id)
        ).all()
        assert related == [world.cast.li_na.id]
        told = set(session.scalars(select(Event.name).where(Event.actor_id == who.id)))
    assert {"access:refused", "staff:relations_confirmed"} <= told


def test_every_page_is_open_to_them_or_shut_as_without_the_wall(app: Flask, world: World) -> None:
    client, faults = visit(app, staff=world.staff[Role.COLLECTOR]), []
    for cell in cells(app, world):
        answer = ask(client, cell, form_token(client, cell.path) if cell.method == "POST" else None)
        expected, found = cell.expected(Role.COLLECTOR), outcome(answer)
        is_way_out = cell.endpoint in ANYBODYS or (cell.endpoint.endswith("sign_out") and expected == "in")
        if is_way_out and found in {"sign-in", "desk sign-in"}:
            found = "in"
        if found != expected:
            faults.append(f"{cell}: {found} ({answer.status_code}), wanted {expected}")
    assert faults == []


def test_calls_are_made_and_noted_behind_the_wall(
    app: Flask, world: World, clock: HandClock, writing: Writing
) -> None:
    """Every outcome, each about a loan of its own; and what follows from a call."""
    with writing() as session:
        agency = session.scalars(select(Agency)).one()
        session.get_one(StaffMember, world.cast.he_jing.id).agency_id = agency.id
        session.get_one(Creditor, world.cast.creditor.id).agency = agency.name
        people = [
            add_borrower(session, f"人{place}", mobile=f"+86139000010{place:02}", id_last4=f"10{place:02}")
            for place in range(len(CallOutcome))
        ]
        items = {
            told: place_loan(session, borrower, ref=f"A-{told.value}").public_id
            for told, borrower in zip(CallOutcome, people, strict=True)
        }
    client = visit(app, staff=world.cast.he_jing.id)
    said = {
        CallOutcome.PROMISE: {"amount": "10", "due_on": "2026-11-05"},
        CallOutcome.CALL_BACK: {"call_back_at": "2026-11-03", "call_back_time": "10:00"},
        CallOutcome.DISPUTE: {"topic": "sum_wrong", "told": "金额不对"},
        CallOutcome.REPRESENTED: {"speaker_kind": "lawyer", "speaker_name": "王律师"},
    }
    for told, public_id in items.items():
        if told is CallOutcome.NOT_KNOWN:
            continue
        url = f"/desk/calls/{public_id}"
        assert post_to(client, f"{url}/take").status_code == 303, told
        assert post_to(client, f"{url}/open").status_code == 303, told
        ticks = {"statements": ["identity", "recording", "purpose"]}
        assert post_to(client, f"{url}/said", ticks).status_code == 303, told
        assert client.get(url).status_code == 200, told
        noted = post_to(client, f"{url}/outcome", {"outcome": told.value, **said.get(told, {})})
        assert noted.location == f"{url}/noted", (told, noted.get_data(as_text=True))
        assert client.get(f"{url}/noted").status_code == 200, told
        if told is CallOutcome.REACHED:
            assert post_to(client, f"{url}/next-day", {"days": "3"}).status_code == 303
            assert post_to(client, f"{url}/pause", {"kind": "illness"}).status_code == 303
    assert client.get("/desk/calls").status_code == 200
    assert post_to(client, "/desk/calls/next").status_code == 303
    with writing() as session:
        outcomes = set(session.scalars(select(Call.outcome).where(Call.outcome.is_not(None))))
    assert outcomes == set(CallOutcome) - {CallOutcome.NOT_KNOWN}
