from portal.models import Proposal
from tests.checked_client import CheckedClient
from tests.clocks import HandClock
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, WaitingCase, post_to, status_of
from tests.people import Cast

RESCHEDULE = {"kind": "reschedule", "installments": 12, "day_of_month": 20}


def go_on(client: CheckedClient, page: str = "/desk") -> str:
    """Press the button of a page; where it leads."""
    answer = client.submit(page, action="/desk/next")
    assert answer.status_code == 303
    return answer.location or ""


def test_the_queue_leads_to_the_next_case_and_from_there_to_the_one_after(
    cast: Cast, case: Case, waiting_case: WaitingCase, staff_client: StaffClient
) -> None:
    other = waiting_case(cast.wang_qiang, ref="L-2002")
    client = staff_client(cast.zhou_min)
    assert go_on(client) == case.url
    assert "您正在处理此件" in client.get(case.url).text
    assert go_on(client, case.url) == other.url


def test_with_nothing_left_a_calm_sentence_says_so(cast: Cast, staff_client: StaffClient) -> None:
    client = staff_client(cast.zhou_min)
    assert go_on(client) == "/desk"
    assert "现在没有等您处理的案件" in client.get("/desk").text


def test_a_decision_leads_on_and_stays_undoable_from_the_next_case(
    cast: Cast,
    case: Case,
    holder: CheckedClient,
    waiting_case: WaitingCase,
    clock: HandClock,
    writing: Writing,
) -> None:
    other = waiting_case(cast.wang_qiang, ref="L-2002")
    decline = {"reason": "term_too_long", "reason_text": "期数偏多。", "would_accept": "12 期以内可以再谈。"}
    assert holder.submit(f"{case.url}/decline", decline).location == case.url
    clock.move_on(seconds=20)
    assert go_on(holder, case.url) == other.url
    page = holder.get(other.url).text
    assert case.reference in page
    assert holder.submit(other.url, action=f"{case.url}/undo").location == case.url
    assert status_of(writing, case) == "in_review"
    clock.move_on(seconds=61)
    assert f"{case.url}/undo" not in holder.get(other.url).text


def test_what_one_filled_in_oneself_never_comes(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.get_one(Proposal, case.id).drafted_by_staff_id = cast.zhou_min.id
    assert go_on(staff_client(cast.zhou_min)) == "/desk"
    assert go_on(staff_client(cast.wu_yan)) == case.url


def test_who_only_reads_is_offered_no_next_case(cast: Cast, case: Case, staff_client: StaffClient) -> None:
    auditor = staff_client(cast.zheng_hao)
    assert "/desk/next" not in auditor.get("/desk").text
    assert post_to(auditor, "/desk/next").status_code == 403
