"""Messages at the desk: on the case's page, by themselves, in the list of who waits; files for who decides."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.policy import HardshipReason
from portal.models import Attachment, Event, Message, Proposal, StaffRelation, Thread
from portal.services.attachments import SentFile, add_attachment
from portal.services.threads import WrittenMessage, post_message
from tests.checked_client import CheckedClient, form_of
from tests.clean_files import PHOTO, clean_photo
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast, add_loan
from tests.stories import Story, borrower_actor

WORDS = "这是我的收据。"


@pytest.fixture
def proposal(writing: Writing, cast: Cast) -> Proposal:
    with writing() as session:
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        return story.proposal


@pytest.fixture
def attachment(writing: Writing, cast: Cast, proposal: Proposal) -> Attachment:
    """李娜 wrote, with a photo."""
    actor, key = borrower_actor(cast.li_na), "a" * 32
    with writing() as session:
        about = session.get_one(Proposal, proposal.id)
        sent = SentFile(file=clean_photo(), name="收据.heic", consents=True, consent_version="1")
        more: dict[str, Any] = {"about": about, "now": NOW}
        found = add_attachment(session, actor, form_key=key, body="", sent=sent, **more)
        post_message(session, actor, written=WrittenMessage(form_key=key, body=WORDS), **more)
        return found


@pytest.fixture
def case_url(proposal: Proposal) -> str:
    return f"/desk/cases/{proposal.public_id}"


@pytest.fixture
def answer_url(proposal: Proposal) -> str:
    return f"/desk/messages/{proposal.public_id}"


@pytest.fixture
def zhou_min(app: Flask, cast: Cast) -> CheckedClient:
    return visit(app, staff=cast.zhou_min.id)


def answer(client: CheckedClient, case_url: str, answer_url: str, **typed: Any) -> Any:
    _, fields = form_of(client.get(case_url).get_data(as_text=True), answer_url)
    return client.post(answer_url, data={**fields, **typed})


def names(writing: Writing, *wanted: str) -> list[tuple[str, str]]:
    with writing() as session:
        found = session.scalars(select(Event).where(Event.name.in_(wanted)).order_by(Event.id))
        return [(event.name, event.actor_kind) for event in found]


def test_the_case_s_page_shows_what_was_written_and_takes_the_answer(
    zhou_min: CheckedClient, attachment: Attachment, case_url: str, answer_url: str, app: Flask, cast: Cast
) -> None:
    page = zhou_min.get(case_url).get_data(as_text=True)
    assert WORDS in page
    assert "收据.jpg" in page
    sent = answer(zhou_min, case_url, answer_url, body="收到，谢谢。", is_question="y")
    assert sent.location == f"{case_url}#m2"
    assert "收到，谢谢。" in zhou_min.get(case_url).get_data(as_text=True)
    theirs = visit(app, borrower=cast.li_na.id).get(f"/proposals/{case_url[-32:]}/messages")
    assert "想请您回答" in theirs.get_data(as_text=True)


def test_a_double_click_is_one_answer(
    zhou_min: CheckedClient, attachment: Attachment, case_url: str, answer_url: str, writing: Writing
) -> None:
    _, fields = form_of(zhou_min.get(case_url).get_data(as_text=True), answer_url)
    for _ in range(2):
        sent = zhou_min.post(answer_url, data={**fields, "body": "收到。"})
        assert sent.location == f"{case_url}#m2"
    with writing() as session:
        assert len(session.scalars(select(Message)).all()) == 2


def test_an_answer_without_words_says_so_and_is_on_record(
    zhou_min: CheckedClient, attachment: Attachment, case_url: str, answer_url: str, writing: Writing
) -> None:
    refused = answer(zhou_min, case_url, answer_url, body=" ")
    assert refused.status_code == 422
    assert "请简单写几句" in refused.get_data(as_text=True)
    assert names(writing, "message:refused") == [("message:refused", "staff")]


def test_who_waits_stands_in_the_list_and_in_the_queue_until_answered(
    zhou_min: CheckedClient, attachment: Attachment, proposal: Proposal, case_url: str, answer_url: str
) -> None:
    assert proposal.reference in zhou_min.get("/desk/messages").get_data(as_text=True)
    assert "有消息" in zhou_min.get("/desk").get_data(as_text=True)
    zhou_min.get(case_url)
    assert "已读，未回复" in zhou_min.get("/desk/messages").get_data(as_text=True)
    answer(zhou_min, case_url, answer_url, body="收到。")
    assert "没有人在等待回复" in zhou_min.get("/desk/messages").get_data(as_text=True)
    assert "有消息" not in zhou_min.get("/desk").get_data(as_text=True)


def test_what_needs_no_answer_waits_no_longer(
    zhou_min: CheckedClient, attachment: Attachment, case_url: str, answer_url: str
) -> None:
    _, fields = form_of(zhou_min.get(case_url).get_data(as_text=True), f"{answer_url}/settle")
    for _ in range(2):
        assert zhou_min.post(f"{answer_url}/settle", data=fields).status_code == 303
    assert "没有人在等待回复" in zhou_min.get("/desk/messages").get_data(as_text=True)


def test_an_auditor_reads_and_neither_answers_nor_opens_nor_marks_read(
    app: Flask, cast: Cast, attachment: Attachment, case_url: str, answer_url: str, writing: Writing
) -> None:
    auditor = visit(app, staff=cast.zheng_hao.id)
    page = auditor.get(answer_url).get_data(as_text=True)
    assert WORDS in page
    assert "收据.jpg" not in page
    assert f'action="{answer_url}"' not in page
    assert auditor.get(f"/desk/attachments/{attachment.public_id}").status_code == 403
    assert ("thread:looked_at", "staff") in names(writing, "thread:looked_at", "attachment:opened")
    with writing() as session:
        assert session.scalars(select(Thread.read_by_staff)).one() == 0


def test_a_file_is_for_who_holds_the_case_and_the_borrower_reads_who_it_was(
    zhou_min: CheckedClient, attachment: Attachment, case_url: str, app: Flask, cast: Cast, writing: Writing
) -> None:
    url = f"/desk/attachments/{attachment.public_id}"
    refused = zhou_min.get(url)
    assert refused.status_code == 403
    assert "请先领取案件" in refused.get_data(as_text=True)
    _, fields = form_of(zhou_min.get(case_url).get_data(as_text=True), f"{case_url}/claim")
    assert zhou_min.post(f"{case_url}/claim", data=fields).status_code == 303
    opened = zhou_min.get(url)
    assert opened.data == PHOTO
    assert opened.headers["Content-Disposition"].startswith("attachment;")
    assert opened.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    li_na = visit(app, borrower=cast.li_na.id)
    assert "工号 1002" in li_na.get(f"/proposals/{case_url[-32:]}/messages").get_data(as_text=True)
    record = li_na.get("/record?kind=look").get_data(as_text=True)
    assert "打开了您发来的一份材料" in record
    assert visit(app, staff=cast.wu_yan.id).get(url).status_code == 403


def test_a_draft_s_file_is_nobody_s_at_the_desk(
    zhou_min: CheckedClient, proposal: Proposal, cast: Cast, writing: Writing
) -> None:
    with writing() as session:
        draft = add_attachment(
            session,
            borrower_actor(cast.li_na),
            about=session.get_one(Proposal, proposal.id),
            form_key="a" * 32,
            body="还没写完",
            sent=SentFile(file=clean_photo(), name="a.jpg", consents=True, consent_version="1"),
            now=NOW,
        )
    assert zhou_min.get(f"/desk/attachments/{draft.public_id}").status_code == 404
    assert "还没写完" not in zhou_min.get(f"/desk/messages/{proposal.public_id}").get_data(as_text=True)


def test_people_close_to_the_borrower_see_none_of_it(
    zhou_min: CheckedClient, attachment: Attachment, cast: Cast, answer_url: str, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            StaffRelation(
                staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
            )
        )
    assert zhou_min.get(answer_url).status_code == 403
    assert zhou_min.get(f"/desk/attachments/{attachment.public_id}").status_code == 403
    assert "没有人在等待回复" in zhou_min.get("/desk/messages").get_data(as_text=True)


def test_a_complaint_is_answered_in_its_thread(
    zhou_min: CheckedClient, app: Flask, cast: Cast, proposal: Proposal
) -> None:
    li_na = visit(app, borrower=cast.li_na.id)
    opened = li_na.submit("/complain", {"topic": "charges", "body": "多收了费用。"})
    url = f"/desk/messages/{opened.location.split('/')[-1]}"
    assert "多收了费用。" in zhou_min.get(url).get_data(as_text=True)
    home = url.replace("messages", "service")
    assert answer(zhou_min, url, url, body="我们正在核对。").location == f"{home}#m2"
    assert "我们正在核对。" in li_na.get(f"{opened.location}/messages").get_data(as_text=True)


def test_many_who_wait_are_read_page_by_page(zhou_min: CheckedClient, cast: Cast, writing: Writing) -> None:
    references = []
    with writing() as session:
        for number in range(55):
            loan = add_loan(session, cast.li_na, ref=f"L-{number}")
            story = Story(session, cast.li_na, loan)
            story.submit(reason=HardshipReason.ILLNESS)
            written = WrittenMessage(form_key=f"{number:032x}", body=WORDS)
            post_message(session, story.actor, about=story.proposal, written=written, now=NOW)
            references.append(story.proposal.reference)
    page = zhou_min.get("/desk/messages").get_data(as_text=True)
    assert [reference in page for reference in references] == [True] * 50 + [False] * 5
    next_url = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    rest = zhou_min.get(next_url).get_data(as_text=True)
    assert [reference in rest for reference in references] == [False] * 50 + [True] * 5
    for strange in ("x", "1-", "-1", "9" * 40 + "-1"):
        assert zhou_min.get(f"/desk/messages?after={strange}").status_code == 200


def test_the_desk_s_pages_are_complete_in_english(
    zhou_min: CheckedClient, attachment: Attachment, case_url: str, answer_url: str
) -> None:
    zhou_min.set_cookie("language", "en")
    assert "Messages that wait for an answer" in zhou_min.get("/desk/messages").get_data(as_text=True)
    assert "Messages about" in zhou_min.get(answer_url).get_data(as_text=True)
    assert "No answer needed" in zhou_min.get(case_url).get_data(as_text=True)
