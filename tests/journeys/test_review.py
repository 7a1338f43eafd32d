"""What happens to a proposal that a person decides: approved, declined, overtaken by a payment, taken back."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.books import borrower_row, small_book
from tests.journeys.conftest import NewChecker, NewDesk, NewPhone, Writing, on_both_databases
from tests.journeys.phones import Phone
from tests.journeys.servers import Server
from tests.people import Cast, add_loan

pytestmark = pytest.mark.journey
WOULD_ACCEPT = "分 6 期，每期约 400 元，首期 12 月 15 日。"
WORDS = "现在的金额您可能会很吃力，我们希望方案能长期做得到。"


@pytest.fixture
def li_na(server: Server, cast: Cast, writing: Writing, new_phone: NewPhone) -> Phone:
    """李娜, signed in, whose plan a person has to decide: illness is never decided by a machine."""
    with writing() as session:
        add_loan(session, cast.li_na)
    phone = new_phone(server)
    phone.sign_in(cast.li_na)
    phone.propose(reason="illness")
    assert phone.heading == "您已签署，等待我们决定"
    phone.see("proposal-waiting")
    return phone


def reference_of(phone: Phone) -> str:
    return phone.main.locator(".reference code").first.inner_text()


def goes_out(server: Server, phone: Phone, heading: str) -> None:
    """The minute in which it may be undone is over, and the worker carries it out."""
    server.let_pass(61)
    for _ in range(100):
        phone.open(phone.path)
        if phone.heading == heading:
            return
        phone.page.wait_for_timeout(100)
    raise AssertionError(phone.heading)


@on_both_databases
def test_a_person_approves_and_the_borrower_downloads(
    li_na: Phone, server: Server, cast: Cast, new_desk: NewDesk, new_checker: NewChecker, tmp_path: Path
) -> None:
    zhou_min, wu_yan = new_desk(server), new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(reference_of(li_na))
    wu_yan.sign_in(cast.wu_yan)
    wu_yan.open(zhou_min.path)
    expect(wu_yan.main).to_contain_text("1002")
    wu_yan.see("desk-case-held-by-another")
    zhou_min.approve()
    expect(zhou_min.main).to_contain_text("已通过。协议即刻生效")
    zhou_min.see("desk-case-approved")
    wu_yan.open(f"{zhou_min.path}/approve")
    expect(wu_yan.main).to_contain_text("1002")
    wu_yan.see("desk-too-late")
    li_na.open(li_na.path)
    assert li_na.heading == "您的方案已生效"
    assert new_checker(server).check(li_na.download(tmp_path)) == "真实，未被改动"


def test_a_person_declines_and_the_borrower_asks_another(
    li_na: Phone, server: Server, cast: Cast, new_desk: NewDesk
) -> None:
    zhou_min, wu_yan = new_desk(server), new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(reference_of(li_na))
    zhou_min.decline(would_accept=WOULD_ACCEPT, words=WORDS)
    zhou_min.see("desk-case-held-back")
    li_na.open(li_na.path)
    assert li_na.heading == "您已签署，等待我们决定"
    goes_out(server, li_na, "这个方案我们没能接受")
    expect(li_na.main).to_contain_text(WOULD_ACCEPT)
    expect(li_na.main).to_contain_text(WORDS)
    li_na.see("proposal-declined")
    li_na.main.locator("form[action$='/review'] button").click()
    assert li_na.heading == "您已签署，等待我们决定"
    li_na.see("proposal-waiting-again")
    server.let_pass(60)
    zhou_min.open()
    expect(zhou_min.main).not_to_contain_text(reference_of(li_na))
    wu_yan.sign_in(cast.wu_yan)
    wu_yan.take_case(reference_of(li_na))
    wu_yan.approve()
    li_na.open(li_na.path)
    assert li_na.heading == "您的方案已生效"


def test_the_borrower_takes_it_back(li_na: Phone, server: Server, cast: Cast, new_desk: NewDesk) -> None:
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(reference_of(li_na))
    li_na.page.locator("a[href$='/withdraw']").click()
    li_na.main.locator("button.danger").click()
    li_na.see("proposal-withdrawn")
    zhou_min.open(f"{zhou_min.path}/approve")
    assert "撤回" in zhou_min.main.inner_text()
    li_na.open()
    expect(li_na.main.locator("a[href$='/plan']")).to_have_count(1)


@on_both_databases
def test_a_payment_moves_the_facts_and_the_borrower_signs_again(
    server: Server, cast: Cast, new_phone: NewPhone, new_desk: NewDesk, tmp_path: Path
) -> None:
    book = small_book(1)
    book.borrowers[:] = [borrower_row(1, name="赵敏", mobile="+8613800138077", id_last4="5566")]
    server.command("import", book.write(tmp_path / "first"))
    phone = new_phone(server)
    phone.sign_in_as(mobile="13800138077", ending="5566")
    phone.propose(reason="illness")
    signed = reference_of(phone)
    zhou_min = new_desk(server)
    zhou_min.sign_in(cast.zhou_min)
    zhou_min.take_case(signed)

    book.loans[0]["as_of"] = "2026-11-02"
    book.installments[1]["principal_paid"] = "400.00"
    book.payments.append(
        {**book.payments[0], "payment_ref": "P-NEW", "paid_on": "2026-11-02", "amount": "400.00"}
    )
    assert "1" in server.command("import", book.write(tmp_path / "second"))

    zhou_min.open(f"{zhou_min.path}/approve")
    expect(zhou_min.page.locator("main [name=reason]")).to_have_count(0)
    zhou_min.see("desk-overtaken")
    phone.open(phone.path)
    assert phone.heading == "请再看一下您的方案"
    expect(phone.main).to_contain_text("400.00 元")
    phone.see("proposal-moved")
    server.let_pass(90)
    phone.go_on_to_new_figures()
    phone.sign_frozen()
    assert phone.heading == "您已签署，等待我们决定"
    zhou_min.open()
    zhou_min.take_case(signed)
    zhou_min.approve()
    phone.open(phone.path)
    assert phone.heading == "您的方案已生效"
