"""A thread with staff: write, add photos and papers, read the answer; nobody else's, nothing lost, nothing twice."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.domain.errors import DomainError
from portal.domain.permissions import Actor, ActorKind, Role
from portal.domain.policy import HardshipReason
from portal.domain.threads import MOST_FILES, MOST_FILES_A_DAY, MOST_MESSAGES_A_DAY
from portal.models import Attachment, Consent, Event, Loan, Message, Proposal, RateCount, Thread
from portal.services.ports import CleanFile
from portal.services.threads import WrittenMessage, post_message
from tests.checked_client import CheckedClient, form_of
from tests.desk import Approver
from tests.hostile_files import GPS_MARK, acting_paper, paper, photo, png_bomb
from tests.integration.web.conftest import Writing
from tests.integration.web.worlds import visit
from tests.people import NOW, Cast, add_loan
from tests.stories import Story, send_out

WORDS = "这是医院的收据，\n下个月可以上班。"


@pytest.fixture
def proposal(writing: Writing, cast: Cast) -> Proposal:
    with writing() as session:
        story = Story(session, cast.li_na, add_loan(session, cast.li_na))
        story.submit(reason=HardshipReason.ILLNESS)
        return story.proposal


@pytest.fixture
def url(proposal: Proposal) -> str:
    return f"/proposals/{proposal.public_id}/messages"


@pytest.fixture
def li_na(app: Flask, cast: Cast) -> CheckedClient:
    return visit(app, borrower=cast.li_na.id)


@pytest.fixture
def stranger(app: Flask, cast: Cast) -> CheckedClient:
    return visit(app, borrower=cast.wang_qiang.id)


def typed(client: CheckedClient, url: str, **more: Any) -> dict[str, Any]:
    """The form as the page holds it, with what is typed into it; ``file`` is (bytes, name)."""
    _, fields = form_of(client.get(url).get_data(as_text=True))
    file = more.pop("file", None)
    sent = {**fields, **more}
    return sent if file is None else {**sent, "file": (BytesIO(file[0]), file[1])}


def send(client: CheckedClient, url: str, **more: Any) -> TestResponse:
    return client.post(url, data=typed(client, url, **more))


def add(client: CheckedClient, url: str, sent: bytes, name: str = "收据.jpg", **more: Any) -> TestResponse:
    return send(client, url, file=(sent, name), act="add", **({"consents": "y"} | more))


def kept(writing: Writing, kind: type[Any]) -> Sequence[Any]:
    with writing() as session:
        return session.scalars(select(kind).order_by(kind.id)).all()


def answer(writing: Writing, proposal: Proposal, cast: Cast, body: str = "收到，谢谢。") -> None:
    actor = Actor(ActorKind.STAFF, cast.zhou_min.id, frozenset({Role.APPROVER}))
    with writing() as session:
        about = session.get_one(Proposal, proposal.id)
        post_message(
            session, actor, about=about, written=WrittenMessage(form_key="f" * 32, body=body), now=NOW
        )


def events(writing: Writing, name: str) -> list[Event]:
    return [event for event in kept(writing, Event) if event.name == name]


def test_what_is_written_stands_on_the_page(li_na: CheckedClient, url: str) -> None:
    posted = send(li_na, url, body=WORDS)
    assert posted.status_code == 303
    page = li_na.get(posted.location).get_data(as_text=True)
    assert WORDS in page
    assert posted.location.endswith("#m1")


def test_an_empty_thread_reads_calmly(li_na: CheckedClient, url: str) -> None:
    assert "还没有人写过消息" in li_na.get(url).get_data(as_text=True)


def test_a_stranger_neither_reads_nor_writes(
    stranger: CheckedClient, li_na: CheckedClient, url: str, writing: Writing
) -> None:
    data = typed(li_na, url, body=WORDS)
    assert stranger.get(url).status_code == 404
    page = stranger.get("/complain").get_data(as_text=True)
    token = form_of(page)[1]["csrf_token"]
    assert stranger.post(url, data={**data, "csrf_token": token}).status_code == 404
    assert kept(writing, Message) == []


def test_a_draft_has_nobody_to_write_to(li_na: CheckedClient, cast: Cast, writing: Writing) -> None:
    with writing() as session:
        draft = Story(session, cast.li_na, add_loan(session, cast.li_na, ref="L-9")).start().proposal
    assert li_na.get(f"/proposals/{draft.public_id}/messages").status_code == 404


def test_a_double_tap_is_one_message(li_na: CheckedClient, url: str, writing: Writing) -> None:
    data = typed(li_na, url, body=WORDS)
    answers = [li_na.post(url, data=data) for _ in range(3)]
    assert {answer.location for answer in answers} == {f"{url}#m1"}
    assert len(kept(writing, Message)) == 1


def test_a_double_tap_with_a_file_is_one_message_with_one_file(
    li_na: CheckedClient, url: str, writing: Writing
) -> None:
    data = typed(li_na, url, body=WORDS, consents="y")
    for _ in range(2):
        sent = li_na.post(url, data={**data, "file": (BytesIO(photo()), "收据.jpg")})
        assert sent.location == f"{url}#m1"
    assert (len(kept(writing, Message)), len(kept(writing, Attachment))) == (1, 1)


def test_an_answer_is_new_until_it_was_read(
    li_na: CheckedClient, url: str, proposal: Proposal, cast: Cast, writing: Writing
) -> None:
    answer(writing, proposal, cast)
    assert "有 1 条新回复等您查看" in li_na.get("/").get_data(as_text=True)
    assert "有新回复" in li_na.get(f"/proposals/{proposal.public_id}").get_data(as_text=True)
    assert "1 条新消息" in li_na.get("/messages").get_data(as_text=True)
    page = li_na.get(url).get_data(as_text=True)
    assert "收到，谢谢。" in page
    assert "审批人员，工号 1002" in page or "工号 1002" in page
    assert cast.zhou_min.name not in page
    assert "新回复" not in li_na.get("/").get_data(as_text=True)
    assert len(events(writing, "message:read")) == 1


def test_files_are_added_one_by_one_and_what_was_typed_stays(
    li_na: CheckedClient, url: str, writing: Writing
) -> None:
    assert add(li_na, url, photo(), body=WORDS).status_code == 303
    page = li_na.get(url).get_data(as_text=True)
    assert WORDS in page
    assert "收据.jpg" in page
    assert add(li_na, url, paper(2), "工资单.pdf").status_code == 303
    assert kept(writing, Thread)[0].last_number == 0
    assert send(li_na, url).status_code == 303
    [message] = kept(writing, Message)
    assert (message.number, message.body) == (1, WORDS)
    assert [file.name for file in kept(writing, Attachment)] == ["收据.jpg", "工资单.pdf"]


def test_a_file_alone_is_a_message(li_na: CheckedClient, url: str, writing: Writing) -> None:
    send(li_na, url, file=(photo(), "收据.jpg"), consents="y")
    [message] = kept(writing, Message)
    assert (message.number, message.body) == (1, "")


def test_the_first_file_needs_its_own_consent_and_no_other_does(
    li_na: CheckedClient, url: str, writing: Writing
) -> None:
    refused = send(li_na, url, file=(photo(), "收据.jpg"), body=WORDS)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "请勾选同意我们使用您的材料" in page
    assert WORDS in page
    assert kept(writing, Attachment) == kept(writing, Message) == []
    add(li_na, url, photo())
    assert "hardship_attachment" in {consent.kind for consent in kept(writing, Consent)}
    assert add(li_na, url, paper(), "b.pdf", consents="").status_code == 303


def test_what_is_kept_is_encrypted_and_what_comes_back_is_clean(
    li_na: CheckedClient, url: str, writing: Writing
) -> None:
    add(li_na, url, photo())
    with writing() as session:
        [attachment] = session.scalars(select(Attachment)).all()
        body, public_id = attachment.body_sealed, attachment.public_id
    assert body is not None
    assert b"JFIF" not in body
    back = li_na.get(f"/attachments/{public_id}")
    with Image.open(BytesIO(back.data)) as image:
        assert image.size == (480, 640)
    assert GPS_MARK not in back.data
    assert back.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E6%94%B6%E6%8D%AE.jpg"
    assert back.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert back.headers["Cache-Control"] == "no-store"
    assert [event.actor_kind for event in events(writing, "attachment:opened")] == ["borrower"]


def test_a_stranger_s_file_looks_like_nobody_s(
    li_na: CheckedClient, stranger: CheckedClient, url: str, writing: Writing
) -> None:
    add(li_na, url, photo())
    [attachment] = kept(writing, Attachment)
    assert stranger.get(f"/attachments/{attachment.public_id}").status_code == 404


@pytest.mark.parametrize(
    ("body", "name", "told"),
    [
        (b"MZ a program", "照片.jpg", "不是照片"),
        (b"<script>alert(1)</script>", "x.pdf", "不是照片"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "IMG_1.HEIC", "截个屏"),
        (photo()[:200], "a.jpg", "读不出来"),
        (png_bomb(), "a.png", "像素"),
        (paper(password="x"), "a.pdf", "密码"),
        (paper(41), "a.pdf", "最多 40 页"),
        (b"", "empty.pdf", "请先选择文件"),
    ],
)
def test_a_file_that_is_not_taken_says_why_and_keeps_the_words(
    li_na: CheckedClient, url: str, writing: Writing, body: bytes, name: str, told: str
) -> None:
    for act in ("add", "send"):
        refused = send(li_na, url, file=(body, name), body=WORDS, consents="y", act=act)
        page = refused.get_data(as_text=True)
        assert refused.status_code == 422
        assert told in page
        assert WORDS in page
    assert kept(writing, Attachment) == []
    assert [message.number for message in kept(writing, Message) if message.number] == []
    assert len(events(writing, "attachment:refused")) == 2


def test_a_paper_that_acts_comes_without_what_acts(li_na: CheckedClient, url: str, writing: Writing) -> None:
    assert add(li_na, url, acting_paper("script"), "a.pdf").status_code == 303
    [attachment] = kept(writing, Attachment)
    assert b"JavaScript" not in li_na.get(f"/attachments/{attachment.public_id}").data


def test_a_file_is_taken_back_before_it_is_sent_and_not_afterwards(
    li_na: CheckedClient, url: str, writing: Writing
) -> None:
    add(li_na, url, photo(), body=WORDS)
    [attachment] = kept(writing, Attachment)
    assert send(li_na, url, remove=attachment.public_id, body="改了").status_code == 303
    assert kept(writing, Attachment) == []
    assert "改了" in li_na.get(url).get_data(as_text=True)
    send(li_na, url, file=(photo(), "a.jpg"))
    [attachment] = kept(writing, Attachment)
    assert send(li_na, url, remove=attachment.public_id).status_code == 409
    assert len(kept(writing, Attachment)) == 1


def test_at_most_five_files_go_with_one_message(li_na: CheckedClient, url: str, writing: Writing) -> None:
    for number in range(MOST_FILES):
        assert add(li_na, url, paper(number + 1), f"{number}.pdf").status_code == 303
    refused = add(li_na, url, photo())
    assert refused.status_code == 422
    assert "最多带 5 份" in refused.get_data(as_text=True)


def test_the_same_file_twice_is_one(li_na: CheckedClient, url: str, writing: Writing) -> None:
    for _ in range(2):
        add(li_na, url, photo())
    assert len(kept(writing, Attachment)) == 1


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE message; --",
        "{{ 7 * 7 }} {% raw %}",
        "𠮷野家 \U0001f600 \u0645\u0631\u062d\u0628\u0627",
        "a\x08\x07\u202ecba\u2066",
        "e" + "\u0301" * 400,
        "%(number)s {0} ${x}",
    ],
)
def test_hostile_words_are_shown_as_words(
    li_na: CheckedClient, url: str, writing: Writing, words: str
) -> None:
    page = li_na.get(send(li_na, url, body=words).location).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "\u202e" not in page
    [message] = kept(writing, Message)
    assert not set(message.body) & set("\x08\x07\u202e\u2066")


@pytest.mark.parametrize(
    ("body", "told"), [("", "请简单写几句"), (" \n", "请简单写几句"), ("长" * 2001, "最多 2000 个字")]
)
def test_what_is_missing_or_too_long_is_said(
    li_na: CheckedClient, url: str, writing: Writing, body: str, told: str
) -> None:
    refused = send(li_na, url, body=body)
    assert refused.status_code == 422
    assert told in refused.get_data(as_text=True)
    assert kept(writing, Message) == []
    assert len(events(writing, "message:refused")) == 1


def test_a_request_for_time_is_one_only_where_it_is_ticked(
    li_na: CheckedClient, url: str, writing: Writing
) -> None:
    before = len(events(writing, "limitation:interrupted"))
    send(li_na, url, body="请给我一点时间")
    assert len(events(writing, "limitation:interrupted")) == before
    send(li_na, url, body="请给我一点时间", asks_for_time="y")
    acts = events(writing, "limitation:interrupted")
    assert [event.fields["cause"] for event in acts[before:]] == ["request_for_time"]
    assert "请求延后还款" in li_na.get(url).get_data(as_text=True)


def test_an_old_debt_gets_its_neutral_warning_before_the_form(
    app: Flask, cast: Cast, writing: Writing, li_na: CheckedClient
) -> None:
    with writing() as session:
        old = add_loan(session, cast.li_na, ref="L-OLD", late_days=1900, installments=7)
    opened = li_na.submit(f"/loans/{old.public_id}/talk", {"topic": "other", "body": "想问一下"})
    url = f"{opened.location}/messages"
    page = li_na.get(url).get_data(as_text=True)
    assert "不会被用来对您不利" in page
    assert page.index("诉讼时效") < page.index("<textarea")
    before = len(events(writing, "limitation:interrupted"))
    refused = send(li_na, url, body="请给我时间", asks_for_time="y")
    assert refused.status_code == 422
    assert len(events(writing, "limitation:interrupted")) == before
    assert send(li_na, url, body="请给我时间", asks_for_time="y", knows_limitation="y").status_code == 303
    assert send(li_na, url, body="只是问问").status_code == 303


def test_a_question_is_answered_by_a_message_with_a_file(
    li_na: CheckedClient, url: str, proposal: Proposal, cast: Cast, writing: Writing
) -> None:
    assert "作为答复发送" not in li_na.get(url).text
    with writing() as session:
        story = Story(session, cast.li_na, session.scalars(select(Loan)).one())
        story._proposal = session.get_one(Proposal, proposal.id)
        Approver(session, cast.zhou_min, story).take().ask("请发一张工资条。")
        send_out(session, now=story.now)
    send(li_na, url, body="先问一句：要哪个月的？", act="send")
    assert kept(writing, Proposal)[0].status == "info_requested"
    assert "作为答复发送" in li_na.get(url).text
    assert (
        send(li_na, url, body="", act="answer", file=(photo(), "工资条.jpg"), consents="y").status_code == 303
    )
    assert kept(writing, Proposal)[0].status == "in_review"
    assert "作为答复发送" not in li_na.get(url).text


def test_a_case_begins_its_thread_with_what_was_written(li_na: CheckedClient, proposal: Proposal) -> None:
    opened = li_na.submit("/complain", {"topic": "charges", "body": "多收了费用。"})
    assert "多收了费用。" in li_na.get(f"{opened.location}/messages").get_data(as_text=True)
    assert send(li_na, f"{opened.location}/messages", body="补充一下").location.endswith("#m2")
    assert "消息" in li_na.get(opened.location).get_data(as_text=True)


def test_many_messages_are_read_page_by_page(
    li_na: CheckedClient, url: str, proposal: Proposal, cast: Cast, writing: Writing
) -> None:
    actor = Actor(ActorKind.BORROWER, cast.li_na.id)
    with writing() as session:
        about = session.get_one(Proposal, proposal.id)
        for number in range(45):
            written = WrittenMessage(form_key=f"{number:032x}", body=f"第 {number + 1} 条。")
            post_message(session, actor, about=about, written=written, now=NOW)
    newest = li_na.get(url).get_data(as_text=True)
    assert "第 45 条。" in newest
    assert "第 25 条。" not in newest
    assert "before=26" in newest
    middle = li_na.get(f"{url}?before=26").get_data(as_text=True)
    assert "第 6 条。" in middle
    assert "第 26 条。" not in middle
    assert "第 1 条。" in li_na.get(f"{url}?before=6").get_data(as_text=True)
    for strange in ("x", "-1", "0", "9" * 30):
        assert li_na.get(f"{url}?before={strange}").status_code == 200


def test_sixty_messages_a_day_are_enough(li_na: CheckedClient, url: str, writing: Writing) -> None:
    data = typed(li_na, url, body=WORDS)
    answers = [
        li_na.post(url, data={**data, "form_key": f"{number:032x}"}).status_code for number in range(61)
    ]
    assert answers == [303] * 60 + [429]
    assert li_na.post(url, data={**data, "form_key": "0" * 32}).status_code == 303
    assert len(kept(writing, Message)) == 60


def test_a_message_that_is_sent_again_and_again_costs_nothing_of_the_days(
    li_na: CheckedClient, url: str, writing: Writing
) -> None:
    data = typed(li_na, url, body=WORDS)
    answers = [li_na.post(url, data=data).status_code for _ in range(MOST_MESSAGES_A_DAY + 5)]
    assert set(answers) == {303}
    assert [message.body for message in kept(writing, Message)] == [WORDS]
    assert send(li_na, url, body="还有一句").status_code == 303


class CountingCleaner:
    """Refuses every file, and knows how many it was given."""

    def __init__(self) -> None:
        self.looked_at = 0

    def clean(self, body: bytes) -> CleanFile:
        self.looked_at += 1
        raise DomainError("file_broken", field="file", size=len(body))


@pytest.fixture
def counting(app: Flask) -> Iterator[CountingCleaner]:
    """In the cleaner's place for one test: the app is everybody's."""
    wired = app.extensions["portal"]
    cleaner = CountingCleaner()
    app.extensions["portal"] = replace(wired, cleaner=cleaner)
    yield cleaner
    app.extensions["portal"] = wired


def test_a_file_beyond_the_days_thirty_is_not_looked_at(
    counting: CountingCleaner, li_na: CheckedClient, url: str
) -> None:
    answers = [add(li_na, url, b"no photo").status_code for _ in range(MOST_FILES_A_DAY + 2)]
    assert answers == [422] * MOST_FILES_A_DAY + [429] * 2
    assert counting.looked_at == MOST_FILES_A_DAY


def test_a_file_is_counted_before_it_is_looked_at(
    app: Flask, counting: CountingCleaner, li_na: CheckedClient, url: str, writing: Writing
) -> None:
    """Of many that are sent at once no more are looked at than the day allows; nobody who writes waits for it."""
    seen: list[int] = []

    class Looking(CountingCleaner):
        def clean(self, body: bytes) -> CleanFile:
            with writing() as session:
                seen.append(
                    session.scalars(select(RateCount.count).where(RateCount.bucket.like("file:%"))).one()
                )
            return super().clean(body)

    app.extensions["portal"] = replace(app.extensions["portal"], cleaner=Looking())
    assert [add(li_na, url, b"no photo").status_code for _ in range(3)] == [422] * 3
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(("body", "code"), [(b"no photo", "files_busy"), (b"", "file_missing")])
def test_what_was_not_looked_at_is_not_counted(
    app: Flask,
    counting: CountingCleaner,
    li_na: CheckedClient,
    url: str,
    writing: Writing,
    body: bytes,
    code: str,
) -> None:
    class Busy(CountingCleaner):
        def clean(self, body: bytes) -> CleanFile:
            raise DomainError(code, field="file", size=len(body))

    app.extensions["portal"] = replace(app.extensions["portal"], cleaner=Busy())
    assert [add(li_na, url, body).status_code for _ in range(MOST_FILES_A_DAY + 2)] == [422] * 32
    with writing() as session:
        assert session.scalars(select(RateCount.count).where(RateCount.bucket.like("file:%"))).one() == 0


def test_files_that_are_not_looked_at_leave_no_events_without_end(
    app: Flask, counting: CountingCleaner, li_na: CheckedClient, url: str, writing: Writing
) -> None:
    """They count as messages."""

    class Busy(CountingCleaner):
        def clean(self, body: bytes) -> CleanFile:
            raise DomainError("files_busy", field="file", size=len(body))

    app.extensions["portal"] = replace(app.extensions["portal"], cleaner=Busy())
    answers = [add(li_na, url, b"no photo").status_code for _ in range(MOST_MESSAGES_A_DAY + 5)]
    assert answers == [422] * MOST_MESSAGES_A_DAY + [429] * 5
    with writing() as session:
        refused = select(func.count(Event.id)).where(Event.name == "attachment:refused")
        assert session.scalar(refused) == MOST_MESSAGES_A_DAY
        assert session.scalars(select(RateCount.count).where(RateCount.bucket.like("file:%"))).one() == 0


def test_the_pages_are_complete_in_english(li_na: CheckedClient, url: str) -> None:
    li_na.set_cookie("language", "en")
    add(li_na, url, photo(), body=WORDS)
    assert "Goes with this message" in li_na.get(url).get_data(as_text=True)
    send(li_na, url)
    assert "Messages" in li_na.get("/messages").get_data(as_text=True)
