"""Reading before signing: the disclosure for as long as the server says, each key term, the whole text, the document."""

import re

import pytest
from sqlalchemy import select

from portal.domain.errors import DomainError
from portal.domain.permissions import SYSTEM
from portal.models import Event, ProposalVersion
from portal.services import documents
from tests.checked_client import form_of
from tests.integration.web.borrower.book_changes import book_payment
from tests.integration.web.conftest import Writing
from tests.plan_walks import MONTHLY, PAUSE, Walk, page_of, shown_text


@pytest.fixture
def read(walk: Walk) -> Walk:
    """At the disclosure, which has just been opened."""
    walk.to_check(own={"kind": "reschedule", "installments": "12"})
    walk.freeze()
    walk.client.get(walk.url("disclosure"))
    return walk


def test_the_disclosure_names_every_item_its_payee_and_the_cost_of_a_year(read: Walk) -> None:
    page = shown_text(read.client.get(read.url("disclosure")))
    for part in (
        "综合融资成本明示表",
        "综合融资成本（年化）",
        "单利",
        "收取方",
        "安心消费金融有限公司",
        "办理本方案的手续费、服务费",
        "未按期还款时才会发生",
        "年利率 21.6%",
        "除上述项目外，不收取其他任何费用",
        "至少要显示 15 秒",
    ):
        assert part in page


def test_the_server_measures_the_reading_and_says_what_remains(read: Walk) -> None:
    page = read.client.get(read.url("disclosure"))
    read.clock.move_on(seconds=9)
    early = read.send_reading(page)
    assert early.status_code == 422
    assert "6 秒后可以继续" in shown_text(early)
    read.clock.move_on(seconds=6)
    assert read.send_reading(early).location == read.url("terms")
    with read.writing() as session:
        event = session.scalars(select(Event).where(Event.name == "plan:disclosure_read")).one()
        assert event.fields["seconds"] == 15


def test_paused_time_does_not_count_and_reading_goes_on_where_it_was(read: Walk) -> None:
    page = read.client.get(read.url("disclosure"))
    read.clock.move_on(seconds=10)
    paused = read.send_reading(page, act="pause")
    assert "已暂停，继续后还剩 5 秒" in shown_text(paused)
    read.clock.move_on(seconds=300)
    assert read.send_reading(paused, act="pause").status_code == 200
    early = read.send_reading(paused)
    assert early.status_code == 422
    assert "5 秒后可以继续" in shown_text(early)
    going = read.send_reading(paused, act="resume")
    assert 'data-countdown="5"' in page_of(going)
    read.clock.move_on(seconds=4)
    assert read.send_reading(going).status_code == 422
    read.clock.move_on(seconds=1)
    assert read.send_reading(going).location == read.url("terms")


@pytest.mark.parametrize("token", ["", "x", "[99,null]", "WzAsbnVsbF0.forged"])
def test_a_time_that_the_server_did_not_sign_counts_for_nothing(read: Walk, token: str) -> None:
    page = read.client.get(read.url("disclosure"))
    read.clock.move_on(seconds=60)
    assert read.send_reading(page, reading=token).location == read.url("disclosure")
    assert read.client.get(read.url("terms")).location == read.url("disclosure")


def test_a_time_measured_for_another_text_counts_for_nothing(read: Walk) -> None:
    page = read.client.get(read.url("disclosure"))
    read.clock.move_on(seconds=60)
    read.own(kind="reschedule", installments="11")
    read.freeze()
    read.client.get(read.url("disclosure"))
    assert read.send_reading(page).location == read.url("disclosure")


def test_reading_ends_once_and_the_page_may_be_looked_at_again(read: Walk) -> None:
    page = read.client.get(read.url("disclosure"))
    read.clock.move_on(seconds=15)
    for _ in range(2):
        assert read.send_reading(page).location == read.url("terms")
    again = read.client.get(read.url("disclosure"))
    assert "data-countdown" not in page_of(again)
    assert read.send_reading(again).location == read.url("terms")
    with read.writing() as session:
        assert len(session.scalars(select(Event).where(Event.name == "plan:disclosure_read")).all()) == 1


def test_the_time_is_never_called_a_number_of_the_law(read: Walk) -> None:
    part = page_of(read.client.get(read.url("disclosure"))).split('id="reading"')[1].split("</form>")[0]
    assert not any(word in part for word in ("法律", "法定", "规定", "监管"))


def test_what_a_key_term_means_is_told_on_request_and_is_on_record_with_its_version(walk: Walk) -> None:
    walk.to_terms()
    page = walk.client.get(walk.url("terms"))
    assert "多还、早还都可以，不收费" not in page_of(page)
    _, fields = form_of(page_of(page), "")
    sent = {"csrf_token": fields["csrf_token"], "explain": "what_you_pay", "terms": ["missed_payment"]}
    answer = walk.client.post(walk.url("terms/explain"), data=sent)
    assert answer.location == f"{walk.url('terms')}#term-what_you_pay"
    again = page_of(walk.client.get(walk.url("terms")))
    assert "多还、早还都可以，不收费" in again
    assert again.count(" checked") == 1
    with walk.writing() as session:
        event = session.scalars(select(Event).where(Event.name == "plan:term_explained")).one()
        version = session.scalars(select(ProposalVersion)).one()
        assert event.fields == {
            "version_number": 1,
            "term": "what_you_pay",
            "text_version": version.content["text_versions"]["key_terms"],
        }
    assert walk.client.post(walk.url("terms/explain"), data={**sent, "explain": "nothing"}).status_code == 404


def test_reading_begins_when_the_page_is_opened_not_when_it_is_made(walk: Walk) -> None:
    walk.to_check()
    walk.freeze()
    walk.clock.move_on(seconds=60)
    page = walk.client.get(walk.url("disclosure"))
    assert walk.send_reading(page).status_code == 422


def test_the_terms_are_not_shown_before_the_disclosure_was_read(read: Walk) -> None:
    assert read.client.get(read.url("terms")).location == read.url("disclosure")
    assert read.client.get(read.url("sign")).location == read.url("disclosure")


def test_steps_that_were_not_reached_lead_back_to_the_check_page(walk: Walk) -> None:
    walk.to_check()
    for step in ("disclosure", "terms", "sign"):
        assert walk.client.get(walk.url(step)).location == walk.url("check")


def test_the_whole_text_stands_on_the_page(walk: Walk) -> None:
    walk.to_terms()
    page = shown_text(walk.client.get(walk.url("terms")))
    for part in (
        "欠款余额、构成与币种",
        "未按期还款时会怎样",
        "附表一",
        "附表二",
        "附表三",
        "1001 2345 6789 0123 456",
        "其他",
    ):
        assert part in page
    assert not re.search(r"\d{4}-\d{2}-\d{2}", page.split("附表二：")[1].split("附表三")[0])
    with walk.writing() as session:
        assert session.scalars(select(ProposalVersion.text_shown_at)).one() is not None


def test_each_key_term_is_ticked_by_itself_and_ticks_are_kept(walk: Walk) -> None:
    walk.to_terms()
    page = page_of(walk.client.get(walk.url("terms")))
    assert " checked" not in page
    assert page.count('name="terms"') == page.count("我已看过并明白这一条") >= 7
    answer = walk.tick(leave_out=2)
    assert answer.status_code == 422
    assert "还有 2 条没有勾选" in shown_text(answer)
    first_left = re.findall(r'id="(tick-[a-z_]+)"[^>]*aria-invalid="true"', page_of(answer))[0]
    assert f'<a href="#{first_left}">请逐条看过并勾选' in page_of(answer)
    again = page_of(walk.client.get(walk.url("terms")))
    assert again.count(" checked") == again.count('name="terms"') - 2
    assert walk.client.get(walk.url("sign")).location == walk.url("terms")


def test_nobody_signs_before_the_document_can_be_read_and_ticks_are_kept(walk: Walk) -> None:
    walk.to_check()
    walk.freeze()
    walk.read_disclosure()
    assert walk.client.get(walk.url("preview.pdf")).status_code == 404
    answer = walk.tick()
    assert answer.status_code == 422
    assert "文件还在生成" in shown_text(answer)
    walk.preview()
    assert walk.client.submit(walk.url("terms"), {"terms": []}).status_code == 303


def test_the_document_is_read_before_signing_and_that_is_recorded(walk: Walk, writing: Writing) -> None:
    walk.to_terms()
    answer = walk.client.get(walk.url("preview.pdf"))
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    with writing() as session:
        event = session.scalars(select(Event).where(Event.name == "plan:preview_downloaded")).one()
        assert event.fields["document_hash"]


def test_a_document_that_can_never_be_made_stops_the_signing_in_words(walk: Walk) -> None:
    walk.to_check()
    walk.freeze()
    walk.read_disclosure()
    with walk.writing() as session:
        version = session.scalars(select(ProposalVersion)).one()
        error = DomainError("glyph_missing", character="𪚥", code_point="U+2A6A5")
        documents.fail_preview(session, SYSTEM, version_id=version.id, error=error, now=walk.clock.now())
    assert walk.tick().status_code == 422
    assert "文件暂时无法生成" in shown_text(walk.client.get(walk.url("terms")))


def test_what_was_frozen_stands_in_its_language_and_says_so_in_the_other(walk: Walk) -> None:
    walk.to_terms()
    walk.client.set_cookie("language", "en")
    page = walk.client.get(walk.url("terms"))
    assert "Have it made in this language" in page_of(page)
    assert 'lang="zh-CN"' in page_of(page)
    walk.freeze()
    assert (
        'lang="zh-CN"'
        not in page_of(walk.client.get(walk.url("disclosure"))).replace("中文", "").split("<main")[1]
    )


def test_changed_answers_are_never_signed_as_they_were_frozen(walk: Walk) -> None:
    walk.to_terms()
    walk.say_need({**MONTHLY, "monthly": "1500"})
    assert walk.client.get(walk.url("terms")).location == walk.url("check")
    assert walk.client.get(walk.url("check")).location == walk.url("plans")
    walk.say_need(PAUSE)
    walk.choose_first()
    assert walk.client.get(walk.url("terms")).location == walk.url("check")


def test_the_figures_of_another_day_are_looked_at_again(walk: Walk) -> None:
    walk.to_terms()
    walk.wait(days=1)
    assert walk.client.get(walk.url("terms")).location == walk.url("check")
    assert "之前的金额是另一天的" in shown_text(walk.client.get(walk.url("check")))


def test_a_payment_on_the_way_is_told_and_the_figures_are_new(walk: Walk) -> None:
    walk.to_terms()
    book_payment(walk)
    assert walk.client.get(walk.url("terms")).location == walk.url("check")
    assert "您的借款有了变化" in shown_text(walk.client.get(walk.url("check")))
    walk.freeze()
    assert walk.read_disclosure().location == walk.url("terms")
