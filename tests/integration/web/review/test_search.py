import pytest
from sqlalchemy import select

from portal.models import Event, StaffRelation
from portal.queries.case_search import search_cases
from tests.checked_client import CheckedClient
from tests.integration.web.conftest import Writing
from tests.integration.web.review.conftest import Case, StaffClient, WaitingCase, events_of
from tests.people import NOW, Cast, add_borrower


def look_for(client: CheckedClient, typed: str) -> str:
    return client.submit("/desk/search", {"q": typed}, action="/desk/search").text


def test_a_reference_leads_straight_to_its_case(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    client = staff_client(cast.zhou_min)
    spaced = f"{case.reference[:3].lower()} {case.reference[3:]}"
    answer = client.submit("/desk", {"q": spaced}, action="/desk/search")
    assert answer.location == case.url
    assert events_of(writing, "case:searched") == [{"by": "reference"}]


@pytest.mark.parametrize("typed", ["李娜", "李娜 ", "+86 138-0013-8001", "１３８００１３８００１"])
def test_a_name_or_a_number_finds_the_persons_cases_masked(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing, typed: str
) -> None:
    page = look_for(staff_client(cast.zhou_min), typed)
    assert case.reference in page
    assert "李*" in page
    assert "138****8001" in page
    with writing() as session:
        event = session.scalars(select(Event).where(Event.name == "case:searched")).one()
        assert event.borrower_id == cast.li_na.id
        assert set(event.fields) == {"by"}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("王强", "没有找到案件"),
        ("1380013800", "没有找到案件"),
        ("%娜", "没有找到案件"),
        ("P2222222A", "没有找到案件"),
        ("李", "输入的内容太短"),
        ("  ", "完整的编号"),
    ],
)
def test_nothing_found_is_said(
    cast: Cast, case: Case, staff_client: StaffClient, typed: str, said: str
) -> None:
    page = look_for(staff_client(cast.zhou_min), typed)
    assert said in page
    assert case.reference not in page


def test_the_newest_are_found_and_more_than_fit_say_so(
    cast: Cast, waiting_case: WaitingCase, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        people = [
            add_borrower(session, "张伟", mobile=f"+86139000000{n:02}", id_last4="1111") for n in range(3)
        ]
    cases = [waiting_case(person, ref=f"L-9{n}") for n, person in enumerate(people)]
    with writing() as session:
        found = search_cases(session, cast.zhou_min.id, "张伟", most=2)
        assert found is not None
        assert [each.public_id for each in found.cases] == [cases[2].public_id, cases[1].public_id]
        assert found.has_more
    page = look_for(staff_client(cast.zhou_min), "张伟")
    assert "3 件" in page
    assert len(events_of(writing, "case:searched")) == 3


def test_somebody_close_is_not_found_and_who_has_no_case_to_see_cannot_look(
    cast: Cast, case: Case, staff_client: StaffClient, writing: Writing
) -> None:
    with writing() as session:
        session.add(
            StaffRelation(
                staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW
            )
        )
    client = staff_client(cast.zhou_min)
    for typed in ("李娜", case.reference):
        assert "没有找到案件" in look_for(client, typed)
    assert staff_client(cast.chen_chen).get("/desk/search").status_code == 403
