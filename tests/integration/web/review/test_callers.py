"""Somebody calls: found by a number, what they say taken down, read by the borrower with who noted it."""

import re

import pytest
from sqlalchemy import select

from portal.domain.permissions import Role
from portal.models import Event, Loan, ServiceCase
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.integration.web.review.conftest import StaffClient
from tests.people import Cast, add_loan, add_staff
from tests.plan_walks import shown_text

CALLERS = "/desk/service/callers"


@pytest.fixture
def loan(writing: Writing, cast: Cast) -> Loan:
    with writing() as session:
        return add_loan(session, cast.li_na)


@pytest.fixture
def chen_chen(cast: Cast, loan: Loan, staff_client: StaffClient) -> CheckedClient:
    return staff_client(cast.chen_chen)


def form_of(client: CheckedClient, loan: Loan) -> str:
    found = client.submit(CALLERS, {"q": loan.loan_ref})
    link = re.search(rf"{CALLERS}/\w+", found.text)
    assert link is not None
    return link.group()


def test_a_complaint_on_the_telephone_reaches_the_borrower_with_who_took_it_down(
    chen_chen: CheckedClient, cast: Cast, loan: Loan, borrower_client: BorrowerClient, writing: Writing
) -> None:
    path = form_of(chen_chen, loan)
    said = {"about": "complaint:how_contacted", "text": "电话太多"}
    sent = chen_chen.submit(path, said)
    assert sent.status_code == 303
    done = shown_text(chen_chen.get(sent.location))
    with writing() as session:
        case = session.scalars(select(ServiceCase)).one()
    assert case.reference in done
    assert "在此之前不会催收联系借款人" in done
    li_na = borrower_client(cast.li_na)
    page = shown_text(li_na.get(f"/cases/{case.public_id}"))
    assert f"电话，由工号 {cast.chen_chen.number} 的工作人员记录" in page
    assert "电话太多" in page
    record = shown_text(li_na.get("/record"))
    assert "电话登记。投诉：" in record
    assert "因有人来电，按号码查找过您" in record
    thread = shown_text(li_na.get(f"/cases/{case.public_id}/messages"))
    assert "如果不是您本人来电" in thread


def test_an_agent_does_not_see_a_complaint_but_what_waits_for_anybody(
    chen_chen: CheckedClient, loan: Loan
) -> None:
    path = form_of(chen_chen, loan)
    for about, opens in (("complaint:service", False), ("question:paying", True)):
        sent = chen_chen.submit(path, {"about": about, "text": "想问一下"})
        assert ("查看事项" in shown_text(chen_chen.get(sent.location))) is opens


def test_nothing_of_the_debt_shows_and_the_search_is_on_record(
    chen_chen: CheckedClient, cast: Cast, loan: Loan, writing: Writing
) -> None:
    found = shown_text(chen_chen.submit(CALLERS, {"q": cast.li_na.mobile}))
    assert loan.loan_ref in found
    assert "元" not in found
    assert cast.li_na.mobile not in found
    assert "没有找到" in shown_text(chen_chen.submit(CALLERS, {"q": cast.li_na.name}))
    with writing() as session:
        lines = session.execute(
            select(Event.borrower_id, Event.fields).where(Event.name == "service:searched").order_by(Event.id)
        ).all()
    assert [tuple(line) for line in lines] == [
        (cast.li_na.id, {"by": "mobile"}),
        (None, {"by": "reference"}),
    ]


def test_what_is_missing_is_said_on_its_field_and_what_was_typed_stays(
    chen_chen: CheckedClient, loan: Loan, writing: Writing
) -> None:
    path = form_of(chen_chen, loan)
    answer = chen_chen.submit(path, {"about": "dispute:sum_wrong", "text": "金额不对"})
    assert answer.status_code == 422
    assert "请选择所涉借款" in shown_text(answer)
    assert "金额不对" in answer.text
    assert "请选择" in shown_text(chen_chen.submit(path, {"about": "x", "text": "金额不对"}))
    with writing() as session:
        assert session.scalars(select(ServiceCase)).all() == []


def test_what_was_taken_down_opens_to_who_did_it_and_to_no_other_agent(
    chen_chen: CheckedClient, loan: Loan, staff_client: StaffClient, writing: Writing
) -> None:
    sent = chen_chen.submit(form_of(chen_chen, loan), {"about": "complaint:service", "text": "态度不好"})
    assert chen_chen.get(sent.location).status_code == 200
    with writing() as session:
        other = add_staff(session, "2009", "other.agent", "另一位客服", Role.AGENT)
    assert staff_client(other).get(sent.location).status_code == 404
