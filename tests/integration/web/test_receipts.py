"""The vendor's pushes: only with the key, twice is once, and what makes no sense harms nothing."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from flask import Flask
from sqlalchemy import select

from portal import create_app
from portal.adapters.logs import configure_logs
from portal.config import Config
from portal.models import Borrower, Contact, ContactWish, Event, Loan
from tests.clocks import HandClock
from tests.databases import Database
from tests.integration.web.conftest import Writing
from tests.people import NOW, Cast, add_loan

RECEIPTS_KEY = "k" * 40
MESSAGE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def loan(writing: Writing, cast: Cast) -> Loan:
    with writing() as session:
        loan = add_loan(session, session.get_one(Borrower, cast.li_na.id))
        session.add(
            Contact(
                borrower_id=cast.li_na.id,
                loan_id=loan.id,
                purpose="demand",
                channel="sms",
                number_hash="h" * 64,
                number_last4="8001",
                template_version="demand@1",
                rule_decision="",
                result="sent",
                message_key=MESSAGE,
                actor_kind="system",
                at=NOW,
            )
        )
        return loan


@pytest.fixture
def pushed_app(config: Config, database: Database, clock: HandClock) -> Flask:
    return create_app(replace(config, receipts_key=RECEIPTS_KEY), engine=database.engine, clock=clock)


def repr_of_beginning(body: bytes) -> str:
    return repr(body[:10])


def push(app: Flask, said: object, *, key: str = RECEIPTS_KEY) -> tuple[int, object]:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    answer = app.test_client().post(f"/receipts/sms/{key}", data=body, content_type="application/json")
    return answer.status_code, answer.get_json(silent=True)


REPORT = {
    "phone_number": "13800138001",
    "send_time": "2026-11-02 10:00:00",
    "report_time": "2026-11-02 10:00:00",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "",
    "sms_size": "1",
    "biz_id": "9^0",
    "out_id": MESSAGE,
}


def test_a_push_is_kept_once_and_answered_as_the_vendor_wants(
    pushed_app: Flask, loan: Loan, writing: Writing
) -> None:
    junk = [
        REPORT,
        {**REPORT, "out_id": "f" * 32},
        {"out_id": MESSAGE},
        "no entry",
        {**REPORT, "report_time": "x"},
    ]
    for _ in range(2):
        assert push(pushed_app, junk) == (200, {"code": 0, "msg": "OK"})
    with writing() as session:
        contact = session.scalars(select(Contact)).one()
        assert (contact.result, contact.arrived_at) == ("delivered", NOW)
        interrupted = session.scalars(select(Event).where(Event.name == "limitation:interrupted")).all()
        assert [event.loan_id for event in interrupted] == [loan.id]


@pytest.mark.usefixtures("loan")
@pytest.mark.parametrize("key", ["guessed", "k" * 39, "é"])
def test_without_the_key_there_is_no_such_page(
    pushed_app: Flask, app: Flask, writing: Writing, key: str
) -> None:
    assert push(pushed_app, [REPORT], key=key)[0] == 404
    assert push(app, [REPORT])[0] == 404
    with writing() as session:
        assert session.scalars(select(Contact.result)).one() == "sent"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b"\xff",
        b"null",
        b"[" * 100_000,
        b'[{"a":' * 50_000,
        b"[" + b"9" * 5_000 + b"]",
        b"<html>502 Bad Gateway</html>",
    ],
    ids=repr_of_beginning,
)
def test_what_is_no_push_is_refused_and_noted_in_the_log(pushed_app: Flask, body: bytes) -> None:
    stream = StringIO()
    configure_logs(stream)
    assert push(pushed_app, body)[0] == 400
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (line,) = (line for line in lines if line["event"] == "receipts_refused")
    assert (line["level"], line["bytes"]) == ("warning", len(body))


@pytest.mark.parametrize(
    "strange",
    [
        {"out_id": MESSAGE + "\0"},
        {"out_id": "\ud800"},
        {"err_code": "\0", "success": False},
        {"err_code": "\ud800", "success": False},
        {"err_code": {"a": ["b"]}, "success": False},
        {"report_time": "0001-01-01 00:00:00"},
        {"report_time": "9999-12-31 23:59:59"},
        {"report_time": ["x"]},
        {"content": "TD", "phone_number": "\ud800\0"},
        {"content": ["TD"], "phone_number": {"13800138001": 1}},
    ],
    ids=repr,
)
def test_what_is_strange_in_an_entry_harms_none_of_the_others(
    pushed_app: Flask, loan: Loan, writing: Writing, strange: dict[str, object]
) -> None:
    del loan
    assert push(pushed_app, [{**REPORT, **strange}, REPORT])[0] == 200
    with writing() as session:
        assert session.scalars(select(Contact.result)).one() == "delivered"


@pytest.mark.parametrize("word", ["TD", " td ", "退订", "STOP"])
def test_whoever_answers_td_gets_no_more(pushed_app: Flask, cast: Cast, writing: Writing, word: str) -> None:
    said = [{"phone_number": "13800138001", "content": word, "send_time": "2026-11-02 10:00:00"}]
    said.append({"phone_number": "13800138002", "content": "你好", "send_time": "2026-11-02 10:00:00"})
    for _ in range(2):
        assert push(pushed_app, said)[0] == 200
    with writing() as session:
        [wish] = session.scalars(select(ContactWish)).all()
        assert (wish.borrower_id, sorted(wish.channels)) == (cast.li_na.id, ["email", "letter", "phone"])
