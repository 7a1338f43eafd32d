"""The public check page: three answers, no names, nothing kept."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from shutil import copy

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import func, select

from portal.adapters.document_check import LARGEST_MEGABYTES
from portal.adapters.logs import configure_logs
from portal.adapters.seal_keys import seal_key_path
from portal.check_words import of_change
from portal.config import Config
from portal.domain.check_codes import new_check_code, parse_check_code
from portal.domain.document_changes import ChangeKind, DocumentChange
from portal.domain.document_checks import CheckResult
from portal.domain.errors import DomainError
from portal.models import Agreement, Document, Event, RateCount
from portal.services.rate_limits import Limit
from portal.web import writes
from portal.web.public import check as check_view
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.test_damaged_documents import with_another_end
from tests.people import NOW, Cast
from tests.sealed_documents import (
    CODE,
    SealedHere,
    add_preview,
    make_sealed,
    put_on_record,
    replace_on_record,
)
from tests.spelt_words import words_in
from tests.tampered import page_after, painted_over, with_a_page_more, without_its_signatures

ANSWERS = ("真实，未被改动", "不是封印时的文件", "这里没有记录", "有这个核验码的记录")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> SealedHere:
    return make_sealed(tmp_path_factory.mktemp("seal"))


@pytest.fixture
def agreement(config: Config, writing: Writing, cast: Cast, here: SealedHere) -> int:
    """A sealed agreement of 李娜's, on record; the pages know the seal's certificate and not its key."""
    copy(here.folder / "seal.crt", seal_key_path(config).with_suffix(".crt"))
    copy(here.folder / "time-stamps.pem", config.data_dir / "time-stamps.pem")
    with writing() as session:
        return put_on_record(session, cast, here.body).id


@pytest.fixture
def sealed(agreement: int, here: SealedHere) -> bytes:
    return here.body


def answer_to(client: CheckedClient, body: bytes) -> str:
    answer = client.submit("/check", {"file": (BytesIO(body), "agreement.pdf")})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", page, re.DOTALL)
    assert found
    return found[1]


def test_the_sealed_file_is_genuine(client: CheckedClient, sealed: bytes) -> None:
    page = answer_to(client, sealed)
    assert heading(page) == "真实，未被改动"
    assert sha256(sealed).hexdigest() in page


def test_a_copy_with_one_byte_changed_is_not(client: CheckedClient, sealed: bytes) -> None:
    changed = bytearray(sealed)
    changed[len(changed) // 2] ^= 1
    assert heading(answer_to(client, bytes(changed))) == "不是封印时的文件"


def items_of(page: str, title: str) -> str:
    found = re.search(rf"<h2>{title}</h2>\s*<ul>(.*?)</ul>", page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", found[1])) if found else ""


def test_a_genuine_file_says_what_was_and_what_could_not_be_checked(
    client: CheckedClient, sealed: bytes
) -> None:
    page = answer_to(client, sealed)
    checked = items_of(page, "核验了什么")
    for said in ("整个文件的摘要", "防篡改封印是我们的，完好", "覆盖整个文件", "时间戳机构在2026年"):
        assert said in checked
    assert "没有查询吊销名单" in items_of(page, "哪些没能核验")


def test_without_the_certificate_of_the_time_stamp_the_page_says_so(
    client: CheckedClient, sealed: bytes, config: Config
) -> None:
    (config.data_dir / "time-stamps.pem").unlink()
    page = answer_to(client, sealed)
    assert heading(page) == "真实，未被改动"
    assert "时间戳：这里没有该机构的证书" in items_of(page, "哪些没能核验")


@pytest.mark.parametrize("how", ["white box", "page added", "seal removed", "old state put back"])
def test_a_changed_file_is_refused_and_the_page_says_what_changed(
    client: CheckedClient, sealed: bytes, here: SealedHere, how: str
) -> None:
    added = f"添加了页：第 {page_after(sealed)} 页"
    changes: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
        "white box": (lambda: painted_over(sealed, 2), ("封印之后添加了内容", "页面内容不同：第 2 页")),
        "page added": (lambda: with_a_page_more(sealed), ("封印之后添加了内容", added)),
        "seal removed": (lambda: without_its_signatures(sealed), ("缺少签名：LenderSeal",)),
        "old state put back": (lambda: here.unsealed, ("末尾缺少", "缺少签名：LenderSeal")),
    }
    made, said = changes[how]
    page = answer_to(client, made())
    assert heading(page) == "不是封印时的文件"
    for words in said:
        assert words in items_of(page, "有哪些不同")


def test_pages_are_listed_as_the_language_lists_them(app: Flask) -> None:
    change = DocumentChange(ChangeKind.PAGES_CHANGED, pages=(1, 2, 3))
    with app.test_request_context(), force_locale("zh_CN"):
        assert of_change(change) == "页面内容不同：第 1、2、3 页。"
    with app.test_request_context(), force_locale("en"):
        assert of_change(change) == "Pages show something else: 1, 2, 3."


def test_a_kept_document_that_was_damaged_is_noticed(
    client: CheckedClient, sealed: bytes, writing: Writing, cast: Cast
) -> None:
    """Whoever asks gets the same answer, without what differs; whoever runs the portal a line that leads to the row."""
    changed = with_a_page_more(sealed)
    with writing() as session:
        kept = session.scalars(select(Document)).one()
        kept.body_sealed = with_another_end(kept.body_sealed)
    stream = StringIO()
    configure_logs(stream)
    page = answer_to(client, changed)
    assert heading(page) == "不是封印时的文件"
    assert "添加了页" not in page
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (line,) = (line for line in lines if line["event"] == "document_damaged")
    (request,) = (line for line in lines if line["event"] == "request" and line["method"] == "POST")
    assert line["sha256"] == sha256(sealed).hexdigest()
    assert (line["request_id"], line["level"]) == (request["request_id"], "error")
    assert words_in(stream.getvalue(), cast.li_na.name) == []


def test_an_agreement_that_was_replaced_is_no_longer_the_one(
    client: CheckedClient, sealed: bytes, agreement: int, writing: Writing
) -> None:
    with writing() as session:
        replace_on_record(session, session.get_one(Agreement, agreement))
    page = answer_to(client, sealed)
    assert heading(page) == "真实，但已被之后的协议取代"
    assert "它不再适用" in page


def test_a_document_from_before_signing_is_told_as_one(
    client: CheckedClient, sealed: bytes, agreement: int, writing: Writing
) -> None:
    preview = b"%PDF-1.7 a preview"
    with writing() as session:
        add_preview(session, session.get_one(Agreement, agreement), preview)
    page = answer_to(client, preview)
    assert heading(page) == "不是封印时的文件"
    assert "这是签署前的文件，从未封印" in items_of(page, "有哪些不同")


@pytest.mark.parametrize("body", [b"no pdf at all", b"%PDF-1.7\n%%EOF", b"\x00" * 5000])
def test_any_other_file_is_not_known(client: CheckedClient, sealed: bytes, body: bytes) -> None:
    assert heading(answer_to(client, body)) == "这里没有记录"


def test_the_code_that_is_shown_as_an_example_could_be_one(client: CheckedClient) -> None:
    page = client.get("/check?code=7K3M").text
    example = re.search(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{5}\b", page)
    assert example is not None
    assert parse_check_code(example.group()) == example.group()


def test_a_code_is_on_record_or_not(client: CheckedClient, sealed: bytes) -> None:
    page = client.submit("/check", {"code": CODE.lower().replace("-", " ")}).get_data(as_text=True)
    assert heading(page) == "有这个核验码的记录"
    other = client.submit("/check", {"code": new_check_code(b"other code")}).get_data(as_text=True)
    assert heading(other) == "这里没有记录"


def test_the_qr_code_is_answered_at_once(client: CheckedClient, sealed: bytes) -> None:
    assert heading(client.get(f"/check?code={CODE}").get_data(as_text=True)) == "有这个核验码的记录"


def test_no_answer_names_anybody_or_anything_owed(client: CheckedClient, sealed: bytes, cast: Cast) -> None:
    pages = [
        answer_to(client, sealed),
        answer_to(client, sealed[:-1]),
        client.get(f"/check?code={CODE}").text,
    ]
    for page in pages:
        said = re.sub("[0-9a-f]{64}", "", page)
        for told in ("李娜", "0001", "L000001", "P7K3M9QX", "8,293.40", cast.li_na.mobile):
            assert told not in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "请选择 PDF 文件，或者输入核验码。"),
        ({"code": "abc"}, "核验码由 17 位字母和数字组成"),
        ({"code": "A" + CODE[1:]}, "其中有一位不对"),
        ({"code": "<script>alert(1)</script>"}, "核验码由 17 位字母和数字组成"),
    ],
)
def test_what_cannot_be_checked_gets_a_clear_word(
    client: CheckedClient, cast: Cast, data: dict[str, str], said: str
) -> None:
    answer = client.submit("/check", data)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_an_empty_and_a_huge_file_get_a_clear_word(client: CheckedClient, cast: Cast) -> None:
    for body, said in ((b"", "这个文件是空的"), (bytes((LARGEST_MEGABYTES << 20) + 1), "没有这么大")):
        answer = client.submit("/check", {"file": (BytesIO(body), "x.pdf")})
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)


def test_nothing_is_kept(client: CheckedClient, sealed: bytes, writing: Writing, config: Config) -> None:
    def kept() -> tuple[int | None, ...]:
        with writing() as session:
            return tuple(
                session.scalar(select(func.count()).select_from(table)) for table in (Document, Event)
            )

    before, files = kept(), sorted(Path(config.data_dir).rglob("*"))
    answer_to(client, sealed + b"changed")
    client.get(f"/check?code={CODE}")
    assert kept() == before
    assert sorted(Path(config.data_dir).rglob("*")) == files


def test_whoever_checks_thirty_papers_in_a_row_is_answered_each_time(
    client: CheckedClient, agreement: int
) -> None:
    for _ in range(30):
        assert (
            client.submit("/check", {"file": (BytesIO(b"%PDF-1.7 no document of ours"), "a.pdf")}).status_code
            == 200
        )
        assert client.get(f"/check?code={CODE}").status_code == 200


def test_whoever_checks_without_end_is_asked_to_come_back(
    client: CheckedClient, app: Flask, agreement: int, writing: Writing, clock: HandClock
) -> None:
    with writing() as session:
        before = session.scalar(select(func.count(Event.id)))
    answers = [client.get(f"/check?code={CODE}").status_code for _ in range(302)]
    assert answers == [200] * 300 + [429] * 2
    refused = client.submit("/check", {"code": CODE})
    assert refused.status_code == 429
    assert "11:00 之后再试" in refused.get_data(as_text=True)
    assert client.get("/check").status_code == 200
    elsewhere = app.test_client()
    assert (
        elsewhere.get(f"/check?code={CODE}", environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200
    )
    clock.move_on(minutes=60)
    assert client.submit("/check", {"code": CODE}).status_code == 200
    with writing() as session:
        assert session.scalar(select(func.count(Event.id))) == before


def test_where_all_together_check_too_much_everybody_is_asked_to_come_back(
    client: CheckedClient, agreement: int, writing: Writing
) -> None:
    with writing() as session:
        session.add(RateCount(bucket="check:everywhere", window_started_at=NOW, count=20_000))
    assert client.get(f"/check?code={CODE}").status_code == 429


@pytest.mark.parametrize(
    ("flooded", "elsewhere"),
    [("2001:db8:7:{0:x}::1", "2001:db8:8::1"), ("203.0.113.{0}", "203.0.114.1")],
)
def test_no_network_shuts_the_door_for_all(
    client: CheckedClient, agreement: int, monkeypatch: pytest.MonkeyPatch, flooded: str, elsewhere: str
) -> None:
    monkeypatch.setattr(check_view, "CHECKS", Limit("check:everywhere", 40, timedelta(hours=1)))

    def asks(address: str) -> int:
        return client.get(f"/check?code={CODE}", environ_base={"REMOTE_ADDR": address}).status_code

    answers = [asks(flooded.format(number)) for number in range(50)]
    part = 4 if ":" in flooded else 8
    assert answers == [200] * part + [429] * (50 - part)
    assert asks(elsewhere) == 200


def test_nothing_is_held_while_a_document_is_checked(
    client: CheckedClient, agreement: int, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is kept first, and lets the one writer of SQLite go."""

    def slow(*_given: object) -> CheckResult:
        assert not writes.opened().writes
        with writing() as session:
            session.add(Document(sha256="0" * 64, body=b"meanwhile", made_at=NOW))
        raise DomainError("check_nothing_given", field="file")

    monkeypatch.setattr(check_view, "check_document", slow)
    assert client.submit("/check", {"file": (BytesIO(b"%PDF"), "a.pdf")}).status_code == 422
    with writing() as session:
        assert session.scalar(select(func.count()).where(RateCount.bucket == "check:everywhere")) == 1


def test_others_can_write_while_a_document_is_checked(app: Flask, cast: Cast, writing: Writing) -> None:
    with app.test_request_context("/check", method="POST"):
        writes.database().execute(select(Document.id))
        writes.only_read()
        with writing() as session:
            session.add(Document(sha256="0" * 64, body=b"meanwhile", made_at=NOW))
        assert not writes.opened().writes
