"""A counter-offer from both sides in the browser: two approvers, the difference, the signature; a payment under it, its end; a question."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.books import borrower_row, small_book
from tests.journeys.conftest import NewDesk, NewPhone, Writing
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.journeys.test_review import goes_out, reference_of
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey
LETTER = "您好，我们把各期再往后延一些，让您有时间安顿下来。"
OFFERED = "我们给了您另一个方案"
ASKED = "有个问题想请您补充"
DAY = 24 * 3600


@pytest.fixture
def li_na(server: Server, cast: Cast, writing: Writing, new_phone: NewPhone) -> Phone:
    """李娜, signed in, whose plan a person has to decide."""
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    phone.propose(reason="illness")
    return phone


def test_two_approvers_offer_a_longer_pause_and_the_borrower_signs_it(
    li_na: Phone, server: Server, cast: Cast, new_desk: NewDesk
) -> None:
    zhou_min, wu_yan = new_desk(server), new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(reference_of(li_na))
    zhou_min.counter(letter=LETTER, kind="defer", defer_periods="3")
    expect(zhou_min.main).to_contain_text("等待第二审批人")
    zhou_min.see("desk-case-waits-for-second")
    zhou_min.open("/desk/seconds")
    expect(zhou_min.main).to_contain_text("没有等待第二审批人的案件")
    wu_yan.sign_in(cast.wu_yan)
    wu_yan.agree_as_second(reference_of(li_na))
    expect(wu_yan.main).to_contain_text("一分钟后发出")
    li_na.open(li_na.path)
    assert li_na.heading == "您已签署，等待我们决定"
    goes_out(server, li_na, OFFERED)
    expect(li_na.main).to_contain_text(LETTER)
    expect(li_na.main).to_contain_text("推后")
    li_na.see("proposal-countered")
    li_na.go_on_by_link()
    li_na.read_disclosure()
    li_na.acknowledge()
    li_na.sign()
    assert li_na.heading == "您的方案已生效", li_na.main.inner_text()


def test_a_payment_under_a_counter_has_the_borrower_look_again(
    server: Server, cast: Cast, new_phone: NewPhone, new_desk: NewDesk, tmp_path: Path
) -> None:
    book = small_book(1)
    book.borrowers[:] = [borrower_row(1, name="赵敏", mobile="+8613800138077", id_last4="5566")]
    server.command("import", book.write(tmp_path / "first"))
    phone = new_phone(server)
    phone.sign_in_as(mobile="13800138077", ending="5566")
    phone.propose(reason="illness")
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(reference_of(phone))
    zhou_min.counter(letter=LETTER, installments="4")
    goes_out(server, phone, OFFERED)
    book.loans[0]["as_of"] = "2026-11-02"
    book.installments[1]["principal_paid"] = "400.00"
    book.payments.append(
        {**book.payments[0], "payment_ref": "P-NEW", "paid_on": "2026-11-02", "amount": "400.00"}
    )
    server.command("import", book.write(tmp_path / "second"))
    phone.open(phone.path)
    assert phone.heading == "请再看一下您的方案"
    phone.open(f"{phone.path}/sign")
    assert "/sign" not in phone.page.url


def test_a_counter_that_is_not_answered_runs_out(
    li_na: Phone, server: Server, cast: Cast, new_desk: NewDesk
) -> None:
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(reference_of(li_na))
    zhou_min.counter(letter=LETTER, installments="12")
    zhou_min.see("desk-case-held-back-offer")
    goes_out(server, li_na, OFFERED)
    path = li_na.path
    server.let_pass(8 * DAY)
    li_na.page.wait_for_timeout(1500)
    li_na.sign_in_again()
    li_na.open(path)
    assert li_na.heading == "这个方案已过期"
    li_na.see("proposal-expired")


def test_a_counter_is_refused_and_a_question_is_answered(
    li_na: Phone, server: Server, cast: Cast, new_desk: NewDesk
) -> None:
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(reference_of(li_na))
    zhou_min.counter(letter=LETTER, installments="12")
    goes_out(server, li_na, OFFERED)
    li_na.main.locator("a[href$='/offer/no']").click()
    li_na.go_on()
    assert li_na.heading == "您已签署，等待我们决定"
    zhou_min.open()
    zhou_min.take_case(reference_of(li_na))
    expect(zhou_min.main).to_contain_text("借款人未接受调整方案")
    zhou_min.ask("您每月的收入大约是多少？")
    goes_out(server, li_na, ASKED)
    expect(li_na.main).to_contain_text("您每月的收入大约是多少？")
    li_na.see("proposal-asked")
    li_na.type("reply", "每月大约 5000 元。")
    li_na.go_on()
    assert li_na.heading == "您已签署，等待我们决定"
    zhou_min.open()
    zhou_min.take_case(reference_of(li_na))
    expect(zhou_min.main).to_contain_text("每月大约 5000 元。")
