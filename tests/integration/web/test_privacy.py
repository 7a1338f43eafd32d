"""What we keep and why stands where it is looked for, in the words that were read; what is kept for comfort alone can be deleted."""

from typing import Any

import pytest
from flask import Flask

from portal.adapters.business_texts import PackagedTexts
from portal.domain.budgets import Budget, Income, Outgoing
from portal.models import Consent, SavedBudget
from portal.services.threads import WrittenMessage, post_message
from tests.checked_client import CheckedClient, form_of
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import NOW, TODAY, Cast, add_loan
from tests.stories import Story, borrower_actor

NOTICE = PackagedTexts().load("privacy_notice", "zh_CN", TODAY)
CONSENTS = PackagedTexts().load("consents", "zh_CN", TODAY)
MONTH = Budget(2, {Income.WAGES: 800_000}, {Outgoing.HOUSING: 250_000})


@pytest.fixture
def li_na(app: Flask, cast: Cast) -> CheckedClient:
    return visit(app, borrower=cast.li_na.id)


def page_of(client: CheckedClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_notice_is_there_before_the_first_entry(app: Flask) -> None:
    visitor = visit(app)
    assert 'href="/privacy"' in page_of(visitor, "/sign-in").partition("<main")[2].partition("</main>")[0]
    page = page_of(visitor, "/privacy")
    assert "未提交的草稿：30 日后删除" in page
    assert NOTICE.version in page


def test_an_earlier_notice_is_found_by_its_version_and_an_unknown_one_is_not(app: Flask) -> None:
    english = PackagedTexts().load("privacy_notice", "en", TODAY)
    page = page_of(visit(app), f"/privacy?version={english.version}")
    assert 'lang="en"' in page
    assert "Drafts that were not submitted" in page
    for unknown in ("", "2026-01-01", "..", "x" * 300):
        assert visit(app).get(f"/privacy?version={unknown}").status_code == 404


def test_consents_stand_with_the_words_that_were_agreed_to(
    li_na: CheckedClient, cast: Cast, writing: Writing
) -> None:
    assert NOTICE.version in page_of(li_na, "/record/consents")
    with writing() as session:
        for kind, version in (("privacy_notice", "2025-12-31-0"), ("hardship_reason", CONSENTS.version)):
            session.add(
                Consent(
                    borrower_id=cast.li_na.id,
                    kind=kind,
                    text_version=version,
                    given_by="borrower",
                    given_at=NOW,
                )
            )
    page = page_of(li_na, "/record/consents")
    assert "/privacy?version=2025-12-31-0" in page
    assert "它不会写进协议，也不会提供给征信机构" in page
    li_na.set_cookie("language", "en")
    assert "<h3>Use of the reason for my difficulties</h3>" in page_of(li_na, "/record/consents")


def test_what_was_kept_of_the_month_is_shown_and_deleted(
    li_na: CheckedClient, cast: Cast, writing: Writing
) -> None:
    assert "我保存的每月收支" not in page_of(li_na, "/record/data")
    with writing() as session:
        kept = SavedBudget(borrower_id=cast.li_na.id, currency="CNY", figures=MONTH.as_answer(), saved_at=NOW)
        session.add(kept)
    assert "8,000.00 元" in page_of(li_na, "/record/data")
    token = form_of(page_of(li_na, "/record/data"), "/record/data/budget")[1]
    for _ in range(2):
        assert li_na.post("/record/data/budget", data=token).status_code == 303
    assert "我保存的每月收支" not in page_of(li_na, "/record/data")
    assert page_of(li_na, "/record").count("您删除了保存的每月收支") == 1


def test_asking_for_deletion_deletes_it_too(li_na: CheckedClient, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        session.add(
            SavedBudget(borrower_id=cast.li_na.id, currency="CNY", figures=MONTH.as_answer(), saved_at=NOW)
        )
    sent = li_na.submit("/record/data", {"topic": "delete_data", "body": "请删除"}, action=None)
    assert sent.status_code == 303
    with writing() as session:
        assert session.get(SavedBudget, cast.li_na.id) is None


def test_the_data_file_holds_ones_own_words_figures_and_payments(
    li_na: CheckedClient, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            SavedBudget(borrower_id=cast.li_na.id, currency="CNY", figures=MONTH.as_answer(), saved_at=NOW)
        )
        story = Story(session, cast.li_na, add_loan(session, cast.li_na, paid=2))
        story.submit()
        written = WrittenMessage(form_key="a" * 32, body="我下周发工资。")
        post_message(session, borrower_actor(cast.li_na), about=story.proposal, written=written, now=NOW)
    whole: dict[str, Any] = li_na.get("/record/record.json").get_json()
    assert [message["body"] for message in whole["messages"]] == ["我下周发工资。"]
    assert whole["monthly_figures"]["figures"] == MONTH.as_answer()
    assert len(whole["payments"]) > 0
