"""A decision sent without its reason: the page comes again, but only to whom it would have opened, and never unseen."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.permissions import Role
from portal.models import Borrower, Event, StaffRelation
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import World, build_world, form_token, visit
from tests.people import NOW

ACTS = pytest.mark.parametrize("act", ["approve", "decline"])


@pytest.fixture
def world(writing: Writing) -> World:
    return build_world(writing)


def _looks(writing: Writing) -> int:
    with writing() as session:
        return session.scalar(select(func.count()).where(Event.name == "case:looked_at")) or 0


@ACTS
def test_without_the_claim_it_is_a_conflict(app: Flask, world: World, act: str) -> None:
    client = visit(app, staff=world.staff[Role.APPROVER])
    case = f"/desk/cases/{world.things['waiting']}"
    assert client.post(f"{case}/{act}", data={"csrf_token": form_token(client, case)}).status_code == 409


@ACTS
def test_with_the_claim_the_page_comes_again_and_the_look_is_on_record(
    app: Flask, world: World, writing: Writing, act: str
) -> None:
    client = visit(app, staff=world.staff[Role.APPROVER])
    case = f"/desk/cases/{world.things['waiting']}"
    client.submit(case, action=f"{case}/claim")
    before = _looks(writing)
    assert client.post(f"{case}/{act}", data={"csrf_token": form_token(client, case)}).status_code == 422
    assert _looks(writing) == before + 1


@ACTS
def test_somebody_close_to_the_borrower_sees_nothing_that_way(
    app: Flask, world: World, writing: Writing, act: str
) -> None:
    staff = world.staff[Role.APPROVER]
    with writing() as session:
        session.add(
            StaffRelation(staff_member_id=staff, borrower_id=world.cast.li_na.id, kind="close", made_at=NOW)
        )
    client = visit(app, staff=staff)
    case = f"/desk/cases/{world.things['waiting']}"
    answer = client.post(f"{case}/{act}", data={"csrf_token": form_token(client, case)})
    assert answer.status_code == 403
    with writing() as session:
        name = session.get_one(Borrower, world.cast.li_na.id).name
    assert name not in answer.get_data(as_text=True)
