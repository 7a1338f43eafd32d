"""What callers say, taken down by staff: the borrower's own case, with the hold, the promise and the word that it has arrived."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.caller_cases import Matter
from portal.domain.cases import CaseKind
from portal.domain.errors import AccessRefused, DomainError, NotFound
from portal.models import (
    Borrower,
    Event,
    Hold,
    Loan,
    Message,
    OutboxItem,
    Representative,
    ServiceCase,
    StaffMember,
    StaffRelation,
)
from portal.queries.callers import FoundBy, find_callers
from portal.services.caller_cases import (
    Told,
    get_borrower_to_note,
    open_for_caller,
    record_caller_search,
)
from tests.people import NOW, TODAY, Cast, add_loan
from tests.service_cases import WORDS, staff_actor
from tests.stories import ZONE
from tests.told_events import told

KEY = "ab" * 16


@pytest.fixture
def loans(session: Session, cast: Cast) -> list[Loan]:
    return [add_loan(session, cast.li_na), add_loan(session, cast.li_na, ref="L-1002")]


TakeDown = Callable[..., ServiceCase]


@pytest.fixture
def take_down(session: Session, cast: Cast) -> TakeDown:
    """陈晨 takes down what 李娜 says."""

    def take_down(
        matter: Matter = Matter.COMPLAINT,
        topic: str = "how_contacted",
        *,
        by: StaffMember | None = None,
        borrower: Borrower | None = None,
        **said: Any,
    ) -> ServiceCase:
        told = Told(
            form_key=said.pop("form_key", KEY),
            matter=matter,
            topic=topic,
            text=said.pop("text", WORDS),
            **said,
        )
        return open_for_caller(
            session,
            staff_actor(by or cast.chen_chen),
            borrower=borrower or cast.li_na,
            told=told,
            arrived=lambda case: f"已记下 {case.reference}",
            today=TODAY,
            zone=ZONE,
            now=NOW.astimezone(ZONE),
        )

    return take_down


def names(session: Session) -> list[str]:
    return list(session.scalars(select(Event.name).order_by(Event.id)))


def held(session: Session) -> set[tuple[int, str]]:
    return {
        (hold.loan_id, hold.kind) for hold in session.scalars(select(Hold).where(Hold.ended_at.is_(None)))
    }


def test_it_is_the_borrowers_case_and_says_who_took_it_down(
    session: Session, cast: Cast, loans: list[Loan], take_down: TakeDown
) -> None:
    case = take_down()
    assert (case.borrower_id, case.channel, case.opened_by) == (cast.li_na.id, "phone", cast.chen_chen.id)
    assert (case.kind, case.body, case.status, case.owner_id) == ("complaint", WORDS, "open", None)
    assert case.acknowledged_at is not None
    message = session.scalars(select(Message)).one()
    assert (message.author, message.body) == ("staff", f"已记下 {case.reference}")
    assert "message:notice" in {item.kind for item in session.scalars(select(OutboxItem))}
    assert held(session) == {(loan.id, "complaint") for loan in loans}
    opened = session.scalars(select(Event).where(Event.name == "case:taken_down")).one()
    assert (opened.borrower_id, opened.actor_kind, opened.actor_id) == (
        cast.li_na.id,
        "staff",
        cast.chen_chen.id,
    )
    assert names(session).count("service:acknowledged") == 1


@pytest.mark.parametrize(
    ("matter", "topic", "kind", "holds", "on_all"),
    [
        (Matter.DISPUTE, "payment_missing", CaseKind.DISPUTE, "dispute", False),
        (Matter.COMPLAINT, "service", CaseKind.COMPLAINT, "complaint", False),
        (Matter.QUESTION, "paying", CaseKind.TALK, None, False),
        (Matter.DATA, "copy_data", CaseKind.DATA, None, False),
        (Matter.HARDSHIP, "hardship", CaseKind.TALK, "hardship", True),
        (Matter.ILLNESS, "illness", CaseKind.TALK, "illness", True),
        (Matter.REPRESENTED, "lawyer", CaseKind.REPRESENTED, "represented", True),
    ],
)
def test_each_matter_becomes_its_case_and_starts_its_hold(
    session: Session,
    loans: list[Loan],
    take_down: TakeDown,
    matter: Matter,
    topic: str,
    kind: CaseKind,
    holds: str | None,
    on_all: bool,
) -> None:
    case = take_down(matter, topic, loan=loans[0])
    assert (case.kind, case.topic, case.loan_id) == (kind, topic, None if on_all else loans[0].id)
    expected = loans if on_all else loans[:1]
    assert held(session) == ({(loan.id, holds) for loan in expected} if holds else set())


def test_a_representative_is_on_record_as_far_as_it_was_told(
    session: Session, loans: list[Loan], take_down: TakeDown
) -> None:
    case = take_down(Matter.REPRESENTED, "lawyer", speaker_name="赵律师")
    noted = session.scalars(select(Representative)).one()
    assert (noted.case_id, noted.kind, noted.name, noted.contact) == (case.id, "lawyer", "赵律师", "")


def test_hardship_runs_its_days_and_says_on_whose_word(
    session: Session, loans: list[Loan], take_down: TakeDown
) -> None:
    take_down(Matter.HARDSHIP, "hardship")
    for hold in session.scalars(select(Hold)):
        assert hold.ends_on is not None
        assert ((hold.ends_on - TODAY).days, hold.evidence) == (90, "told_by_borrower")


def test_the_same_form_twice_is_one_case(
    session: Session, loans: list[Loan], cast: Cast, take_down: TakeDown
) -> None:
    first = take_down()
    assert take_down().id == first.id
    assert names(session).count("case:taken_down") == 1
    for changed in ({"text": "别的"}, {"by": cast.wu_yan}):
        with pytest.raises(DomainError, match="form_sent_already"):
            take_down(**changed)


def test_who_keeps_it_has_it(session: Session, loans: list[Loan], cast: Cast, take_down: TakeDown) -> None:
    assert take_down(Matter.QUESTION, "paying", keeps=True).owner_id == cast.chen_chen.id


def test_a_complaint_about_who_takes_it_down_is_kept_and_left_to_others(
    session: Session, loans: list[Loan], cast: Cast, take_down: TakeDown
) -> None:
    case = take_down(staff_number=cast.chen_chen.number, keeps=True)
    assert (case.about_staff_id, case.owner_id, case.acknowledged_at) == (cast.chen_chen.id, None, None)
    assert session.scalars(select(Message)).all() == []


def test_a_complaint_may_quote_what_nobody_here_may_say(loans: list[Loan], take_down: TakeDown) -> None:
    assert take_down(text="他说要报警抓我").body == "他说要报警抓我"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"topic": "paying"}, "topic_missing"),
        ({"text": " "}, "text_missing"),
        ({"matter": Matter.DISPUTE, "topic": "sum_wrong"}, "case_loan_missing"),
        ({"staff_number": "9999"}, "colleague_unknown"),
    ],
)
def test_what_is_missing_opens_nothing(
    session: Session, loans: list[Loan], take_down: TakeDown, said: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError, match=code):
        take_down(**said)
    assert session.scalars(select(ServiceCase)).all() == []


def test_only_who_handles_cases_and_nobody_close(
    session: Session, loans: list[Loan], cast: Cast, take_down: TakeDown
) -> None:
    with pytest.raises(AccessRefused, match="permission_missing"):
        take_down(by=cast.zheng_hao)
    session.add(
        StaffRelation(staff_member_id=cast.chen_chen.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    with pytest.raises(AccessRefused, match="related_case"):
        take_down()


def test_callers_are_found_by_whole_numbers_and_never_by_name(
    session: Session, loans: list[Loan], cast: Cast, take_down: TakeDown
) -> None:
    case, staff_id = take_down(), cast.chen_chen.id
    for typed, by in (
        (loans[0].loan_ref, FoundBy.LOAN),
        (loans[0].loan_ref.lower(), FoundBy.LOAN),
        (case.reference, FoundBy.REFERENCE),
        (cast.li_na.mobile, FoundBy.MOBILE),
    ):
        found = find_callers(session, staff_id, typed)
        assert (found.by, [caller.borrower.id for caller in found.found]) == (by, [cast.li_na.id]), typed
    for typed in (cast.li_na.name, cast.li_na.mobile[:-1], loans[0].loan_ref[:-1], ""):
        assert not find_callers(session, staff_id, typed).found, typed
    session.add(StaffRelation(staff_member_id=staff_id, borrower_id=cast.li_na.id, kind="close", made_at=NOW))
    session.flush()
    assert not find_callers(session, staff_id, case.reference).found


def test_who_was_looked_for_is_on_record_for_each_who_showed(session: Session, cast: Cast) -> None:
    agent = staff_actor(cast.chen_chen)
    both = [cast.li_na.id, cast.wang_qiang.id]
    record_caller_search(session, agent, by="mobile", borrower_ids=both, now=NOW)
    record_caller_search(session, agent, by="loan", borrower_ids=[], now=NOW)
    assert told(session, "service:searched") == [
        *((borrower_id, {"by": "mobile"}) for borrower_id in both),
        (None, {"by": "loan"}),
    ]
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        record_caller_search(session, staff_actor(cast.zheng_hao), by="loan", borrower_ids=[], now=NOW)


def test_the_borrower_is_the_one_whose_loan_it_is_and_nobody_close(
    session: Session, cast: Cast, loans: list[Loan]
) -> None:
    agent = staff_actor(cast.chen_chen)
    theirs = add_loan(session, cast.wang_qiang, ref="L-2001")
    assert get_borrower_to_note(session, agent, loan_id=loans[1].public_id) is cast.li_na
    assert get_borrower_to_note(session, agent, loan_id=theirs.public_id) is cast.wang_qiang
    with pytest.raises(NotFound, match=r"^not_found$"):
        get_borrower_to_note(session, agent, loan_id="nobody")
    with pytest.raises(AccessRefused, match=r"^permission_missing$"):
        get_borrower_to_note(session, staff_actor(cast.zheng_hao), loan_id=theirs.public_id)
    session.add(
        StaffRelation(staff_member_id=cast.chen_chen.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    with pytest.raises(AccessRefused, match=r"^related_case$"):
        get_borrower_to_note(session, agent, loan_id=loans[1].public_id)
    assert get_borrower_to_note(session, agent, loan_id=theirs.public_id) is cast.wang_qiang
