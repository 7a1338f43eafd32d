"""A complaint without signing in: a number and a date, and nothing about anybody."""

import re

from flask import Flask
from sqlalchemy import select

from portal.models import Event, VisitorComplaint
from tests.checked_client import CheckedClient, form_of
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import Cast

WORDS = "昨天 23:10 接到催收电话。"


def kept(writing: Writing) -> list[VisitorComplaint]:
    with writing() as session:
        return list(session.scalars(select(VisitorComplaint).order_by(VisitorComplaint.id)))


def test_a_visitor_gets_a_number_a_date_and_the_hotline(
    client: CheckedClient, cast: Cast, writing: Writing
) -> None:
    answer = client.submit("/complaint?page=/sign-in", {"topic": "how_contacted", "body": WORDS})
    page = client.get(answer.location).get_data(as_text=True)
    [complaint] = kept(writing)
    assert complaint.reference in page
    assert "最迟2026年11月17日（周二）18:00 答复您" in page
    assert "12378" in page
    assert WORDS not in page
    assert (complaint.page, complaint.body) == ("/sign-in", WORDS)
    with writing() as session:
        event = session.scalars(select(Event).where(Event.name == "complaint:received")).one()
        assert event.fields == {"complaint_id": complaint.id, "topic": "how_contacted"}


def test_known_and_unknown_numbers_get_the_same_answer(app: Flask, cast: Cast, writing: Writing) -> None:
    pages = []
    for number in (cast.li_na.mobile, "+8613900139009"):
        client = visit(app)
        answer = client.submit("/complaint", {"topic": "service", "body": WORDS, "reply_to": number})
        page = client.get(answer.location).get_data(as_text=True)
        page = page.replace(answer.location.rpartition("=")[2], "ID")
        pages.append(re.sub(r"V[2-9A-Z]{8}|csrf_token\" value=\"[^\"]+", "X", page))
    assert pages[0] == pages[1]
    assert "李娜" not in pages[0]


def test_the_same_form_twice_is_one_and_with_other_words_refused(
    client: CheckedClient, cast: Cast, writing: Writing
) -> None:
    _, fields = form_of(client.get("/complaint").get_data(as_text=True))
    sent = {**fields, "topic": "service", "body": WORDS}
    first, second = (client.post("/complaint", data=sent) for _ in range(2))
    assert first.location == second.location
    assert client.post("/complaint", data={**sent, "body": "别的事"}).status_code == 422
    assert len(kept(writing)) == 1


def test_what_is_missing_is_said_and_stays_typed(client: CheckedClient, cast: Cast, writing: Writing) -> None:
    answer = client.submit("/complaint", {"topic": "", "body": WORDS, "reply_to": "a@b.cn"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert WORDS in page
    assert "a@b.cn" in page
    assert kept(writing) == []


def test_complaining_is_one_tap_from_every_page_of_a_visitor(client: CheckedClient, cast: Cast) -> None:
    for address in ("/sign-in", "/check", "/message-check", "/no-such-page"):
        assert f'href="/complaint?page={address}"' in client.get(address).get_data(as_text=True)
    assert "/complaint" not in client.get("/desk/sign-in").get_data(as_text=True)
    assert 'name="page" value="/sign-in"' in client.get("/complaint?page=/sign-in").get_data(as_text=True)
    assert 'name="page" value=""' in client.get("/complaint?page=https://elsewhere.cn").get_data(as_text=True)


def test_nobody_s_complaint_leads_back_to_the_form(client: CheckedClient, cast: Cast) -> None:
    assert client.get("/complaint/received?of=" + "0" * 32).location == "/complaint"
    assert client.get("/complaint/received").location == "/complaint"
