from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.models import Event, Hold, Loan, ServiceCase
from portal.web.borrower.cases.opening import MOST_A_DAY
from tests.checked_client import CheckedClient, form_of
from tests.integration.web.conftest import BorrowerClient, SignIn, Writing
from tests.people import Cast, add_loan

WORDS = "九月二十五日我已还了 1,000 元，没有入账。"


@pytest.fixture
def loan(writing: Writing, cast: Cast) -> Loan:
    with writing() as session:
        return add_loan(session, cast.li_na)


@pytest.fixture
def li_na(cast: Cast, borrower_client: BorrowerClient) -> CheckedClient:
    return borrower_client(cast.li_na)


def cases(writing: Writing) -> list[ServiceCase]:
    with writing() as session:
        return list(session.scalars(select(ServiceCase).order_by(ServiceCase.id)))


def held(writing: Writing, loan: Loan) -> list[str]:
    with writing() as session:
        return list(
            session.scalars(select(Hold.kind).where(Hold.loan_id == loan.id, Hold.ended_at.is_(None)))
        )


def send(client: CheckedClient, url: str, **typed: Any) -> str:
    answer = client.submit(url, {"body": WORDS, **typed})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(answer.location).get_data(as_text=True)


def test_a_dispute_gets_a_number_a_date_and_its_hold(
    li_na: CheckedClient, loan: Loan, writing: Writing
) -> None:
    page = send(li_na, f"/loans/{loan.public_id}/dispute", topic="payment_missing")
    [case] = cases(writing)
    assert (case.kind, case.topic, case.body, case.loan_id) == ("dispute", "payment_missing", WORDS, loan.id)
    assert case.reference.startswith("D")
    assert case.reference in page
    assert "最迟2026年11月17日（周二）18:00 答复您" in page
    assert "不会有人联系您催收" in page
    assert held(writing, loan) == ["dispute"]
    assert "目前不会联系您催收" in li_na.get("/").get_data(as_text=True)
    with writing() as session:
        event = session.scalars(select(Event).where(Event.name == "case:opened")).one()
        assert event.fields == {"case_id": case.id, "kind": "dispute", "topic": "payment_missing"}


def test_a_wish_to_talk_is_answered_on_the_next_working_day_and_holds_nothing(
    li_na: CheckedClient, loan: Loan, writing: Writing
) -> None:
    page = send(li_na, f"/loans/{loan.public_id}/talk", topic="plan_help", call_back="evening")
    [case] = cases(writing)
    assert (case.kind, case.call_back) == ("talk", "evening")
    assert "2026年11月3日（周二）18:00" in page
    assert held(writing, loan) == []


def test_a_complaint_about_one_loan_holds_that_one_and_names_the_hotline(
    li_na: CheckedClient, loan: Loan, writing: Writing, cast: Cast
) -> None:
    with writing() as session:
        other = add_loan(session, cast.li_na, ref="L-2")
    page = send(li_na, "/complain", topic="how_contacted", loan=loan.public_id)
    assert "12378" in page
    assert held(writing, loan) == ["complaint"]
    assert held(writing, other) == []


def test_a_complaint_about_no_loan_holds_all(
    li_na: CheckedClient, loan: Loan, writing: Writing, cast: Cast
) -> None:
    with writing() as session:
        other = add_loan(session, cast.li_na, ref="L-2")
        foreign = add_loan(session, cast.wang_qiang, ref="L-3")
    send(li_na, "/complain", topic="my_data")
    assert held(writing, loan) == held(writing, other) == ["complaint"]
    assert held(writing, foreign) == []


def test_complaining_is_one_tap_from_every_page(li_na: CheckedClient, loan: Loan) -> None:
    for url in ("/", f"/loans/{loan.public_id}", f"/loans/{loan.public_id}/pay", "/cases", "/no-such-page"):
        assert f'href="/complain?page={url}"' in li_na.get(url).get_data(as_text=True)
    assert "12378" in li_na.get("/complain").get_data(as_text=True)


def test_the_same_form_sent_twice_is_one_case(li_na: CheckedClient, loan: Loan, writing: Writing) -> None:
    url = f"/loans/{loan.public_id}/dispute"
    _, fields = form_of(li_na.get(url).get_data(as_text=True))
    typed = {**fields, "topic": "sum_wrong", "body": WORDS}
    answers = [li_na.post(url, data=typed) for _ in range(3)]
    assert {answer.location for answer in answers} == {answers[0].location}
    assert len(cases(writing)) == 1
    with writing() as session:
        assert session.scalar(select(func.count()).where(Event.name == "case:opened")) == 1


def test_the_same_form_with_other_words_is_refused(
    li_na: CheckedClient, loan: Loan, writing: Writing
) -> None:
    url = f"/loans/{loan.public_id}/dispute"
    _, fields = form_of(li_na.get(url).get_data(as_text=True))
    li_na.post(url, data={**fields, "topic": "sum_wrong", "body": WORDS})
    answer = li_na.post(url, data={**fields, "topic": "sum_wrong", "body": "别的事"})
    assert answer.status_code == 422
    assert "这份表单已经提交过了" in answer.get_data(as_text=True)
    assert len(cases(writing)) == 1


@pytest.mark.slow
def test_fifty_of_the_same_form_at_once_are_one_case(
    app: Flask, cast: Cast, loan: Loan, writing: Writing, sign_in: SignIn
) -> None:
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    sign_in(client, cast.li_na)
    url = f"/loans/{loan.public_id}/dispute"
    _, fields = form_of(client.get(url).get_data(as_text=True))
    cookie = client.get_cookie("__Host-portal")
    assert cookie is not None

    def send_it(_: int) -> str | None:
        one = app.test_client()
        one.set_cookie("__Host-portal", cookie.value)
        return one.post(url, data={**fields, "topic": "sum_wrong", "body": WORDS}).location

    with ThreadPoolExecutor(max_workers=8) as pool:
        locations = set(pool.map(send_it, range(30)))
    assert len(locations) == 1
    assert len(cases(writing)) == 1
    assert held(writing, loan) == ["dispute"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"topic": ""}, "请选择是关于什么的"),
        ({"topic": "my_data"}, "请选择是关于什么的"),
        ({"topic": "sum_wrong", "body": ""}, "请简单写几句"),
        ({"topic": "sum_wrong", "body": " \n\t "}, "请简单写几句"),
        ({"topic": "sum_wrong", "body": "\x08\u202e"}, "请简单写几句"),
        ({"topic": "sum_wrong", "body": "长" * 2001}, "最多 2000 个字"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    li_na: CheckedClient, loan: Loan, writing: Writing, typed: dict[str, str], told: str
) -> None:
    answer = li_na.submit(f"/loans/{loan.public_id}/dispute", {"body": WORDS, **typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in page
    if "body" not in typed:
        assert WORDS in page
    assert cases(writing) == []


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE service_case; --",
        "{{ 7 * 7 }}",
        "𠮷野家 \U0001f600",
        "\x08a\x07b\u202ec",
        "é" + "\u0301" * 500,
        "line\r\nline",
    ],
)
def test_hostile_words_are_kept_as_words(
    li_na: CheckedClient, loan: Loan, writing: Writing, words: str
) -> None:
    page = send(li_na, f"/loans/{loan.public_id}/dispute", topic="other", body=words)
    assert "<script>alert" not in page
    [case] = cases(writing)
    assert "\x08" not in case.body
    assert "\u202e" not in case.body


def test_a_stranger_s_case_looks_like_nobody_s(
    li_na: CheckedClient, loan: Loan, cast: Cast, writing: Writing, borrower_client: BorrowerClient
) -> None:
    send(li_na, f"/loans/{loan.public_id}/dispute", topic="sum_wrong")
    stranger = borrower_client(cast.wang_qiang)
    [case] = cases(writing)
    assert stranger.get(f"/cases/{case.public_id}").status_code == 404
    assert case.reference not in stranger.get("/cases").get_data(as_text=True)
    assert case.reference in li_na.get(f"/cases/{case.public_id}").get_data(as_text=True)


def test_a_stranger_cannot_open_a_case_on_somebody_s_loan(
    loan: Loan, cast: Cast, writing: Writing, borrower_client: BorrowerClient
) -> None:
    stranger = borrower_client(cast.wang_qiang)
    _, fields = form_of(stranger.get("/complain").get_data(as_text=True))
    typed = {**fields, "topic": "charges", "body": WORDS}
    assert stranger.post("/complain", data={**typed, "loan": loan.public_id}).status_code == 404
    assert stranger.post(f"/loans/{loan.public_id}/dispute", data=typed).status_code == 404
    assert cases(writing) == []
    assert held(writing, loan) == []


def test_a_stranger_who_knows_a_case_s_key_learns_nothing(
    li_na: CheckedClient, loan: Loan, cast: Cast, writing: Writing, borrower_client: BorrowerClient
) -> None:
    send(li_na, f"/loans/{loan.public_id}/dispute", topic="sum_wrong")
    [case] = cases(writing)
    stranger = borrower_client(cast.wang_qiang)
    answer = stranger.submit("/complain", {"form_key": case.public_id, "topic": "charges", "body": WORDS})
    assert answer.status_code == 422
    assert case.reference not in answer.get_data(as_text=True)


def test_thirty_cases_a_day_are_enough(li_na: CheckedClient, loan: Loan, writing: Writing) -> None:
    url = f"/loans/{loan.public_id}/talk"
    for _ in range(30):
        assert li_na.submit(url, {"topic": "other", "body": WORDS}).status_code == 303
    assert li_na.submit(url, {"topic": "other", "body": WORDS}).status_code == 429
    assert len(cases(writing)) == 30


def test_a_form_that_is_sent_again_and_again_costs_nothing_of_the_days_and_is_never_put_off(
    li_na: CheckedClient, loan: Loan, writing: Writing
) -> None:
    url = f"/loans/{loan.public_id}/dispute"
    _, fields = form_of(li_na.get(url).get_data(as_text=True))
    typed = {**fields, "topic": "sum_wrong", "body": WORDS}
    answers = [li_na.post(url, data=typed) for _ in range(MOST_A_DAY + 5)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, answers[0].location)}
    for _ in range(MOST_A_DAY - 1):
        send(li_na, f"/loans/{loan.public_id}/talk", topic="other")
    assert li_na.submit(url, {"topic": "sum_wrong", "body": WORDS}).status_code == 429
    assert li_na.post(url, data=typed).location == answers[0].location
    assert li_na.post(url, data={**typed, "body": "别的事"}).status_code == 422
    assert len(cases(writing)) == MOST_A_DAY


def test_a_wish_about_data_that_is_sent_again_costs_nothing_of_the_days(
    li_na: CheckedClient, writing: Writing
) -> None:
    _, fields = form_of(li_na.get("/record/data").get_data(as_text=True))
    typed = {**fields, "topic": "copy_data", "body": WORDS}
    answers = [li_na.post("/record/data", data=typed) for _ in range(MOST_A_DAY + 5)]
    assert {answer.status_code for answer in answers} == {303}
    assert len(cases(writing)) == 1


def test_nothing_brought_up_reads_calmly(li_na: CheckedClient) -> None:
    assert "您还没有反映过事项" in li_na.get("/cases").get_data(as_text=True)


def test_case_pages_are_complete_in_english(li_na: CheckedClient, loan: Loan) -> None:
    li_na.set_cookie("language", "en")
    assert "We have received it" in send(li_na, "/complain", topic="charges")
    assert "Interest, penalty or fees" in li_na.get("/cases").get_data(as_text=True)
