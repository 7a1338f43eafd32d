"""Every door to a borrower's things is closed to a member of staff who is that borrower, or close to them; and says so on the record."""

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.staff_relations import Closeness
from portal.models import Borrower, Event, ReviewItem, StaffMember, SupportCall
from portal.services.staff_relations import HashKeys, declare_person
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import HASH_KEY, Writing
from tests.integration.web.test_access import OTHERS, ROLES, Cell, cells
from tests.integration.web.worlds import MISSING, World, build_world, form_token, visit
from tests.people import NOW
from tests.staff_ids import ID_NUMBER, id_hash

OF_NO_BORROWER = {
    "guide",
    "visitor",
    "member",
    "change",
    "invitation",
    "join",
    "checkpoint",
    "agency",
    "incident",
    "policy",
    "tried",
    "table",
    "report",
}
"""Things that are about nobody who owes."""
OF_OTHERS_THAN_STAFF = {
    "review.call_heartbeat": "keeps a lease that cannot be had",
}
HARMLESS = {
    "review.reckoned_counter": "works out terms for who holds the case, which they cannot",
    "review.give_service_back": "gives back only what one owns, which they do not any more",
    "review.support_wrap_up": "notes what came of a call that was over before it was known, without the person",
    "review.send_support_wrap_up": "notes what came of a call that was over before it was known",
    "review.undo": "takes back only what one decided oneself, which cannot be",
    "review.release": "gives back only what one holds oneself, which cannot be",
    "review.heartbeat": "keeps only what one holds oneself, which cannot be",
}
"""Doors that are closed by another lock first: what they act on, nobody related can have."""


def relate_all(writing: Writing, world: World, kind: Closeness) -> None:
    """Every member of staff declares 李娜: as themselves, or as somebody close."""
    with writing() as session:
        session.get_one(Borrower, world.cast.li_na.id).id_hash = id_hash(ID_NUMBER)
        session.execute(
            update(SupportCall)
            .where(SupportCall.borrower_id.is_(None))
            .values(sought_borrower_id=world.cast.li_na.id)
        )
        session.flush()
        for role, staff_id in world.staff.items():
            declare_person(
                session,
                Actor(ActorKind.STAFF, staff_id, frozenset({role})),
                member=session.get_one(StaffMember, staff_id),
                kind=kind,
                id_number=ID_NUMBER,
                keys=HashKeys(own=HASH_KEY),
                now=NOW,
            )


def filled(world: World, endpoint: str) -> dict[str, str]:
    """What the form needs to get as far as the lock."""
    request = world.things["request"]
    return {
        "review.reveal": {"reason": "call_back"},
        "review.take_over": {"reason": "agreed"},
        "review.send_reinstatement": {"reason": "asked_and_able"},
        "review.send_plan_end": {"reason": "nothing_paid_since"},
        "review.reveal_service": {"reason": "call_back"},
        "review.hand_service_over": {"to": "1002", "reason": "agreed"},
        "review.name_service_staff": {"number": "1002"},
        "review.answer_correction": {f"{request}-answer": "corrected"},
        "review.answer_support_escalation": {f"{world.things['escalation']}-answer": "请约定时间。"},
        "review.send_support_reading": {"verdict": "good"},
    }.get(endpoint, {})


def doors(app: Flask, world: World) -> list[Cell]:
    """Views of staff with a thing of 李娜's in their address."""
    found = []
    for cell in cells(app, world, ids=MISSING):
        thing = OTHERS.get(cell.endpoint, "waiting")
        if (
            cell.endpoint in ROLES
            and ROLES[cell.endpoint]
            and MISSING in cell.path
            and thing not in OF_NO_BORROWER
        ):
            found.append(cell.endpoint)
    return [cell for cell in cells(app, world) if cell.endpoint in found and cell.method in {"GET", "POST"}]


def refusals(writing: Writing) -> int:
    with writing() as session:
        codes = session.scalars(select(Event.fields).where(Event.name.like("%refused"))).all()
    return sum(fields.get("code") == "related_case" for fields in codes)


@pytest.mark.parametrize(
    ("kind", "database"),
    [(Closeness.ONESELF, "sqlite"), (Closeness.SPOUSE, "postgresql")],
    indirect=["database"],
    ids=["own by hash", "declared"],
)
def test_no_door_opens_to_who_is_close(app: Flask, writing: Writing, kind: Closeness) -> None:
    world = build_world(writing)
    relate_all(writing, world, kind)
    clients: dict[Role, CheckedClient] = {}
    faults, tried = [], 0
    for cell in doors(app, world):
        role = min(ROLES[cell.endpoint])
        client = clients.setdefault(role, visit(app, staff=world.staff[role]))
        before = refusals(writing)
        answer = _ask(client, cell, filled(world, cell.endpoint))
        tried += 1
        is_refused = refusals(writing) > before and answer.status_code != 200
        if not is_refused and cell.endpoint not in HARMLESS.keys() | OF_OTHERS_THAN_STAFF.keys():
            faults.append(f"{cell} for {role}: {answer.status_code}")
        if answer.status_code == 200 and cell.endpoint not in HARMLESS:
            faults.append(f"{cell} for {role} opened")
    assert "\n".join(faults) == ""
    assert tried > 60


def _ask(client: CheckedClient, cell: Cell, fields: Mapping[str, str]) -> TestResponse:
    if cell.method == "GET":
        return client.get(cell.path)
    return client.post(cell.path, data={"csrf_token": form_token(client, cell.path), **fields})


@pytest.mark.parametrize("kind", [Closeness.ONESELF, Closeness.SPOUSE])
def test_lists_and_searches_leave_them_out(app: Flask, writing: Writing, kind: Closeness) -> None:
    world = build_world(writing)
    li_na = world.cast.li_na
    relate_all(writing, world, kind)
    for role, pages in {
        Role.SUPERVISOR: ("/desk", "/desk/seconds", "/desk/service", "/desk/messages", "/desk/support/escalations",
                          "/desk/support/readings", "/desk/exceptions", "/desk/corrections"),
        Role.CALLER: ("/desk/calls",),
        Role.AGENT: ("/desk/service", "/desk/support/due"),
        Role.AUDITOR: ("/desk", "/desk/calls", "/desk/support/due", "/desk/support/readings", "/desk/exceptions"),
    }.items():  # fmt: skip
        client = visit(app, staff=world.staff[role])
        for page in pages:
            shown = client.get(page)
            assert shown.status_code == 200, page
            for mark in ("L-100", world.things["waiting"], world.things["case"], li_na.name):
                assert mark not in shown.text, (role, page, mark)


def test_nobody_takes_their_own_next_and_searches_find_nothing(app: Flask, writing: Writing) -> None:
    world = build_world(writing)
    relate_all(writing, world, Closeness.ONESELF)
    approver = visit(app, staff=world.staff[Role.APPROVER])
    token = form_token(approver, "/desk")
    approver.post("/desk/next", data={"csrf_token": token})
    approver.post("/desk/service/next", data={"csrf_token": token})
    caller = visit(app, staff=world.staff[Role.CALLER])
    caller.post("/desk/calls/next", data={"csrf_token": form_token(caller, "/desk")})
    with writing() as session:
        held = session.scalar(
            select(func.count()).select_from(ReviewItem).where(ReviewItem.claimed_by.is_not(None))
        )
        claims = session.scalars(
            select(Event.name).where(Event.name.in_(["case:claimed", "service:taken", "call:taken"]))
        )
        assert (held, [name for name in claims if name == "case:claimed"]) == (0, [])
        mobile = session.get_one(Borrower, world.cast.li_na.id).mobile.removeprefix("+86")
    agent = visit(app, staff=world.staff[Role.AGENT])
    before = refusals(writing)
    sent = {
        "csrf_token": form_token(agent, "/desk"),
        "number": mobile,
        "direction": "in",
        "reason": "make_plan",
    }
    assert agent.post("/desk/support", data=sent).status_code == 403
    assert refusals(writing) == before + 1
