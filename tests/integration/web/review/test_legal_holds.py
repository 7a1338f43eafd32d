"""What must be kept for a court or an authority: set and ended at the desk, seen beside the case, and not by the borrower."""

from sqlalchemy import select

from portal.models import LegalHold, Loan, Proposal
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import BorrowerClient, Writing
from tests.integration.web.review.conftest import Case, StaffClient, events_of
from tests.people import Cast

MATTER = "（2026）沪0115民初1号"
FILLED = {"about": "borrower", "because": "litigation", "matter": MATTER}


def page_of(writing: Writing, case: Case) -> str:
    with writing() as session:
        loan_id = session.get_one(Proposal, case.id).loan_id
        return f"/desk/loans/{session.get_one(Loan, loan_id).public_id}/holds"


def start(client: CheckedClient, page: str, **changes: str) -> int:
    action = page.replace("/holds", "/legal-hold")
    return client.submit(page, {**FILLED, **changes}, action=action).status_code


def act(client: CheckedClient, page: str, way: str, **fields: str) -> None:
    action = page.replace("/holds", f"/legal-hold/{way}")
    assert client.submit(page, fields, action=action).status_code == 303


def test_one_sets_it_and_two_end_it(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    page = page_of(writing, case)
    first, second = staff_client(cast.zhou_min), staff_client(cast.wu_yan)
    assert start(first, page) == 303
    for shown in (first.get(page).text, second.get(case.url).text):
        assert "法院或仲裁机构正在或将要处理" in shown
    assert MATTER in first.get(page).text
    act(first, page, "end", reason="matter_over")
    assert "撤回：继续法定保全" in first.get(page).text
    act(second, page, "keep")
    act(first, page, "end", reason="matter_over")
    act(second, page, "end")
    with writing() as session:
        hold = session.scalars(select(LegalHold)).one()
        assert (hold.end_asked_by, hold.ended_by) == (cast.zhou_min.id, cast.wu_yan.id)
    assert "法院或仲裁机构正在或将要处理" not in second.get(case.url).text.replace("<option", "")


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    page, client = page_of(writing, case), staff_client(cast.zhou_min)
    action = page.replace("/holds", "/legal-hold")
    answer = client.submit(page, {**FILLED, "because": ""}, action=action)
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text
    assert MATTER in answer.text
    assert start(client, page, matter=" ") == 422
    assert events_of(writing, "hold:act_refused") == [
        {"act": "legal_hold", "code": "reason_missing"},
        {"act": "legal_hold", "code": "matter_missing"},
    ]


def test_a_second_one_on_the_same_matter_is_refused_in_words(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    page = page_of(writing, case)
    assert start(staff_client(cast.zhou_min), page) == 303
    assert start(staff_client(cast.wu_yan), page) == 409


def test_an_auditor_and_an_agent_see_it_and_the_borrower_does_not(
    cast: Cast, case: Case, staff_client: StaffClient, borrower_client: BorrowerClient, writing: Writing
) -> None:
    page = page_of(writing, case)
    assert start(staff_client(cast.zhou_min), page) == 303
    assert MATTER in staff_client(cast.zheng_hao).get(page).text
    borrower = borrower_client(cast.li_na)
    for address in ("/home", "/record", "/data"):
        shown = borrower.get(address)
        assert "法定保全" not in shown.text
        assert MATTER not in shown.text
