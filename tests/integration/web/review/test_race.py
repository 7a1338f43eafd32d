"""A hundred approvals at once over real HTTP: one outcome, and everybody else learns who and when."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.models import Agreement, Decision, Event, OutboxItem, ReviewItem
from tests.checked_client import CheckedClient, form_of
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, post_to, status_of
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast
from tests.stories import send_out
from tests.wire import Shot, answering, fire_all

pytestmark = pytest.mark.slow
AT_ONCE = 100
WHO_AND_WHEN = ("此件已有审批结果", "您已通过：", "2026年11月2日 10:0")


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    with answering(app) as port:
        yield port


def cookie_of(client: CheckedClient) -> str:
    cookie = client.get_cookie("__Host-desk")
    assert cookie is not None
    return f"__Host-desk={cookie.value}"


def approval(client: CheckedClient, case: Case, port: int) -> Shot:
    """What the browser of somebody with the form before them would send."""
    _, fields = form_of(client.get(f"{case.url}/approve").text)
    return Shot(port, f"{case.url}/approve", cookie_of(client), {**fields, "reason": "affordable"})


def count(writing: Writing, thing: type) -> int:
    with writing() as session:
        return session.scalar(select(func.count()).select_from(thing)) or 0


def events(writing: Writing, name: str) -> int:
    with writing() as session:
        return session.scalar(select(func.count()).select_from(Event).where(Event.name == name)) or 0


def assert_one_outcome(writing: Writing, case: Case) -> None:
    assert status_of(writing, case) == "approved"
    assert count(writing, Agreement) == count(writing, Decision) == 1
    assert count(writing, ReviewItem) == 0
    assert events(writing, "plan:approved") == events(writing, "agreement:made") == 1
    with writing() as session:
        kinds = session.scalars(select(OutboxItem.kind).where(OutboxItem.kind == "agreement:seal")).all()
    assert kinds == ["agreement:seal"]


def test_of_a_hundred_approvals_by_the_holder_one_decides(
    case: Case, holder: CheckedClient, port: int, writing: Writing
) -> None:
    answers = fire_all([approval(holder, case, port)] * AT_ONCE)
    assert Counter(status for status, _ in answers) == {303: 1, 409: AT_ONCE - 1}
    assert all(words in body for status, body in answers if status == 409 for words in WHO_AND_WHEN)
    assert events(writing, "decision:refused") == AT_ONCE - 1
    assert_one_outcome(writing, case)


def test_a_hundred_approvals_without_the_claim_are_all_refused(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, port: int, writing: Writing
) -> None:
    _, fields = form_of(holder.get(f"{case.url}/approve").text)
    other = staff_client(cast.wu_yan)
    page = other.get("/desk/me").text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    shot = Shot(
        port, f"{case.url}/approve", cookie_of(other), {**fields, "csrf_token": token, "reason": "affordable"}
    )
    answers = fire_all([shot] * AT_ONCE)
    assert Counter(status for status, _ in answers) == {409: AT_ONCE}
    assert all("工号 1002 正在处理此件" in body for _, body in answers)
    assert events(writing, "decision:refused") == AT_ONCE
    assert status_of(writing, case) == "in_review"
    assert count(writing, Agreement) == count(writing, Decision) == 0


def test_approving_declining_and_a_colleague_at_once_give_one_outcome(
    cast: Cast, case: Case, holder: CheckedClient, staff_client: StaffClient, port: int, writing: Writing
) -> None:
    approve = approval(holder, case, port)
    _, fields = form_of(holder.get(f"{case.url}/decline").text)
    decline = Shot(
        port,
        f"{case.url}/decline",
        approve.cookie,
        {**fields, "reason": "term_too_long", "would_accept": "分 12 期"},
    )
    other = staff_client(cast.wu_yan)
    assert post_to(other, f"{case.url}/claim").status_code == 409
    answers = fire_all([approve, decline] * 20)
    assert Counter(status for status, _ in answers) == {303: 1, 409: 39}
    assert count(writing, Decision) == 1
    # A decline is held for its minute.
    assert status_of(writing, case) in {"approved", "in_review"}
    assert count(writing, Agreement) == (status_of(writing, case) == "approved")


def test_of_a_hundred_who_reach_for_a_case_one_gets_it(
    cast: Cast, case: Case, staff_client: StaffClient, port: int, writing: Writing
) -> None:
    shots = []
    for member in (cast.zhou_min, cast.wu_yan):
        client = staff_client(member)
        _, fields = form_of(client.get(case.url).text, f"{case.url}/claim")
        shots.append(Shot(port, f"{case.url}/claim", cookie_of(client), fields))
    answers = fire_all(shots * (AT_ONCE // 2))
    assert Counter(status for status, _ in answers) == {303: AT_ONCE // 2, 409: AT_ONCE // 2}
    with writing() as session:
        winner = session.scalars(select(ReviewItem.claimed_by)).one()
        claimants = session.scalars(select(Event.actor_id).where(Event.name == "case:claimed")).all()
    assert set(claimants) == {winner}


def test_countering_approving_declining_and_taking_back_at_once_give_one_outcome(
    app: Flask, cast: Cast, case: Case, holder: CheckedClient, port: int, writing: Writing
) -> None:
    approve = approval(holder, case, port)
    decline_fields = form_of(holder.get(f"{case.url}/decline").text)[1]
    counter_fields = form_of(holder.get(f"{case.url}/counter").text)[1]
    decline = Shot(
        port,
        f"{case.url}/decline",
        approve.cookie,
        {**decline_fields, "reason": "term_too_long", "would_accept": "分 12 期"},
    )
    counter = Shot(
        port,
        f"{case.url}/counter",
        approve.cookie,
        {**counter_fields, "installments": "12", "reason": "smaller_payments", "letter": "您好。"},
    )
    li_na = visit(app, borrower=cast.li_na.id)
    path = f"/proposals/{case.public_id}/withdraw"
    _, withdraw_fields = form_of(li_na.get(path).text)
    cookie = li_na.get_cookie("__Host-portal")
    assert cookie is not None
    withdraw = Shot(port, path, f"__Host-portal={cookie.value}", withdraw_fields)
    answers = fire_all([approve, decline, counter, withdraw] * (AT_ONCE // 4))
    assert {status for status, _ in answers} <= {303, 409}
    with writing() as session:
        send_out(session, now=NOW + timedelta(hours=1))
    end = status_of(writing, case)
    assert end in {"approved", "declined", "countered", "withdrawn"}
    assert count(writing, Agreement) == (end == "approved")
    ends = ("plan:approved", "plan:declined", "plan:countered", "plan:withdrawn")
    assert sum(events(writing, name) for name in ends) == 1
    with writing() as session:
        live = session.scalars(
            select(Decision.kind).where(Decision.state.in_(["waits_second", "held", "sent"]))
        ).all()
    assert len(live) == (end != "withdrawn")


def test_of_undoing_and_sending_at_once_one_wins(
    case: Case, holder: CheckedClient, port: int, writing: Writing
) -> None:
    holder.submit(f"{case.url}/decline", {"reason": "term_too_long", "would_accept": "分 12 期"})
    _, fields = form_of(holder.get(case.url).text, f"{case.url}/undo")
    undo = Shot(port, f"{case.url}/undo", cookie_of(holder), fields)
    sent: list[int] = []

    def send() -> None:
        with writing() as session:
            sent.append(send_out(session, now=NOW + timedelta(hours=1)))

    sender = threading.Thread(target=send)
    sender.start()
    answers = fire_all([undo] * 20)
    sender.join()
    undone = Counter(status for status, _ in answers)[303]
    assert undone + sent[0] == 1
    assert status_of(writing, case) == ("declined" if sent[0] else "in_review")
