"""The notice that a loan has another creditor: on the borrower's pages, and at the desk (rule C21)."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.models import Event, Loan
from tests.checked_client import CheckedClient, form_of
from tests.databases import Database
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.integration.web.review.conftest import StaffClient, WaitingCase
from tests.people import CREDITOR, TODAY, Cast, add_creditor, add_loan

BUYER = "江南资产管理有限公司"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What pages say is the same on both databases."""
    return sqlite_database


@pytest.fixture
def loan(writing: Writing, cast: Cast) -> Loan:
    """Late, and handed on by a book of 1 November."""
    with writing() as session:
        add_creditor(session, BUYER)
        loan = add_loan(session, cast.li_na, ref="SOLD-1", late_days=42)
        loan.former_creditor, loan.creditor = CREDITOR, BUYER
        loan.former_until, loan.assigned_on = date(2026, 10, 26), date(2026, 11, 1)
        return loan


@pytest.fixture
def li_na(cast: Cast, loan: Loan, borrower_client: BorrowerClient) -> CheckedClient:
    return borrower_client(cast.li_na)


def notice(loan: Loan) -> str:
    return f"/loans/{loan.public_id}/creditor"


def desk(loan: Loan) -> str:
    return f"/desk/loans/{loan.public_id}/holds"


def told_on(writing: Writing, loan: Loan) -> date | None:
    with writing() as session:
        return session.get_one(Loan, loan.id).assignment_told_on


def text_of(client: CheckedClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_first_page_says_that_there_is_another_creditor(li_na: CheckedClient, loan: Loan) -> None:
    for url in ("/", f"/loans/{loan.public_id}", f"/loans/{loan.public_id}/pay"):
        page = text_of(li_na, url)
        assert "您的借款换了债权人" in page
        assert notice(loan) in page
        assert BUYER in page


def test_the_notice_names_both_the_sum_and_the_day_and_leads_to_the_accounts(
    li_na: CheckedClient, loan: Loan
) -> None:
    page = text_of(li_na, notice(loan))
    for shown in (CREDITOR, BUYER, "2026年11月1日", f"/loans/{loan.public_id}/pay", "我已阅读本通知"):
        assert shown in page


def test_it_says_what_follows_from_the_button_where_it_does(
    li_na: CheckedClient, loan: Loan, cast: Cast, writing: Writing
) -> None:
    """The limitation period begins anew with the notice (rule L01), but for one that is over: there the neutral warning stands."""
    with writing() as session:
        old = add_loan(session, cast.li_na, ref="SOLD-2", late_days=1600, creditor=BUYER)
        old.former_creditor, old.former_until, old.assigned_on = CREDITOR, date(2026, 10, 26), TODAY
    anew, over = "诉讼时效从这一天起重新计算", "诉讼时效可能已经届满"
    assert [each in text_of(li_na, notice(loan)) for each in (anew, over)] == [True, False]
    assert [each in text_of(li_na, notice(old)) for each in (anew, over)] == [False, True]


def test_reading_it_tells_nothing_and_the_button_does(
    li_na: CheckedClient, loan: Loan, writing: Writing
) -> None:
    _, form = form_of(text_of(li_na, notice(loan)), notice(loan))
    assert told_on(writing, loan) is None
    for _ in range(2):
        assert li_na.post(notice(loan), data=form).status_code == 303
    assert told_on(writing, loan) == TODAY
    assert "您的借款换了债权人" not in text_of(li_na, "/")
    page = text_of(li_na, notice(loan))
    assert "我已阅读本通知" not in page
    assert "2026年11月2日" in page


def test_a_button_that_says_of_no_book_leads_to_the_notice_once_more(
    li_na: CheckedClient, loan: Loan, writing: Writing
) -> None:
    """A page of an earlier version: that another book came in is not said, for none did."""
    _, form = form_of(text_of(li_na, notice(loan)), notice(loan))
    for seen in ("", "soon"):
        sent = {**form, "seen": seen}
        assert li_na.post(notice(loan), data=sent).status_code == 303
        page = text_of(li_na, notice(loan))
        assert "请再看一遍下面的通知" in page
        assert "又变更了债权人" not in page
    assert told_on(writing, loan) is None


def test_a_stranger_sees_and_confirms_nothing(
    li_na: CheckedClient, loan: Loan, cast: Cast, borrower_client: BorrowerClient, writing: Writing
) -> None:
    stranger = borrower_client(cast.wang_qiang)
    assert stranger.get(notice(loan)).status_code == 404
    _, form = form_of(text_of(stranger, "/record/contact"))
    assert stranger.post(notice(loan), data=form).status_code == 404
    assert told_on(writing, loan) is None


def test_a_loan_that_nobody_handed_on_has_no_notice(
    cast: Cast, writing: Writing, borrower_client: BorrowerClient
) -> None:
    with writing() as session:
        own = add_loan(session, cast.li_na, late_days=42)
    client = borrower_client(cast.li_na)
    assert "换了债权人" not in text_of(client, "/")
    assert "我已阅读本通知" not in text_of(client, notice(own))


def test_an_approver_writes_down_what_was_given_on_paper(
    loan: Loan, cast: Cast, staff_client: StaffClient, writing: Writing
) -> None:
    client = staff_client(cast.zhou_min)
    page = text_of(client, desk(loan))
    for shown in (CREDITOR, BUYER, "C21"):
        assert shown in page
    typed = {"told_on": "2026-11-01", "told_by": "letter", "named": BUYER, "proof": "EMS-1"}
    answer = client.submit(desk(loan), typed, action=f"/desk{notice(loan)}")
    assert answer.status_code == 303
    assert told_on(writing, loan) == date(2026, 11, 1)
    assert "C21" not in text_of(client, desk(loan)).split("</h2>")[1]


@pytest.mark.parametrize(
    "fault",
    [
        {"told_on": ""},
        {"told_on": "2026-11-03"},
        {"told_on": "2019-01-01"},
        {"told_on": "2026-10-25"},
        {"told_by": "page"},
        {"told_by": ""},
        {"named": ""},
        {"named": CREDITOR},
        {"proof": ""},
    ],
)
def test_what_shows_nothing_is_not_taken_and_stays_typed(
    loan: Loan, cast: Cast, staff_client: StaffClient, writing: Writing, fault: dict[str, str]
) -> None:
    typed = {"told_on": "2026-11-01", "told_by": "letter", "named": BUYER, "proof": "EMS-1"} | fault
    answer = staff_client(cast.zhou_min).submit(desk(loan), typed, action=f"/desk{notice(loan)}")
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text
    assert ("EMS-1" in answer.get_data(as_text=True)) is ("proof" not in fault)
    assert told_on(writing, loan) is None
    with writing() as session:
        refused = session.scalars(select(Event.fields).where(Event.name == "hold:act_refused")).one()
    assert refused["act"] == "told"


def test_a_case_about_it_leads_there(
    cast: Cast, staff_client: StaffClient, waiting_case: WaitingCase, writing: Writing
) -> None:
    case, client = waiting_case(cast.wang_qiang), staff_client(cast.zhou_min)
    assert "C21" not in text_of(client, case.url)
    with writing() as session:
        own = session.scalars(select(Loan).where(Loan.borrower_id == cast.wang_qiang.id)).one()
        own.former_creditor, own.former_until, own.assigned_on = CREDITOR, date(2026, 10, 26), TODAY
    page = text_of(client, case.url)
    assert (desk(own) in page, "C21" in page) == (True, True)


def test_agents_and_auditors_see_why_and_have_no_form(
    loan: Loan, cast: Cast, staff_client: StaffClient
) -> None:
    page = text_of(staff_client(cast.zheng_hao), desk(loan))
    assert "C21" in page
    assert f"/desk{notice(loan)}" not in page
