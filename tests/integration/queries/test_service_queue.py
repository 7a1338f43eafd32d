"""The queue of what borrowers and visitors bring up: none, one, many, and page by page both ways without a gap."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.domain.case_handling import Work
from portal.domain.cases import CaseKind, CaseTopic
from portal.domain.permissions import Actor, ActorKind
from portal.domain.queue_choices import Due, Whose
from portal.domain.service_choices import Standing, Turn
from portal.models import ServiceCase, StaffRelation, VisitorComplaint
from portal.queries.service_queue import (
    ServiceFilter,
    ServiceKey,
    ServiceRow,
    service_counts,
    service_page,
)
from portal.services.visitor_complaints import VisitorForm, complain_as_visitor
from tests.people import NOW, TODAY, Cast, add_cast, add_loan
from tests.service_cases import Handler, bring_up, staff_actor
from tests.stories import ZONE

TODAY_ENDS = NOW + timedelta(hours=14)


@pytest.fixture
def cast(session: Session) -> Cast:
    return add_cast(session)


@pytest.fixture
def wanted(cast: Cast) -> ServiceFilter:
    """周敏 looks at all that is open."""
    return ServiceFilter(actor=staff_actor(cast.zhou_min), now=NOW, today_ends=TODAY_ENDS)


def changed(wanted: ServiceFilter, **choices: object) -> ServiceFilter:
    usual = {"actor": wanted.actor, "now": wanted.now, "today_ends": wanted.today_ends}
    return ServiceFilter(**{**usual, **choices})  # type: ignore[arg-type]


def complain(session: Session) -> VisitorComplaint:
    form = VisitorForm(form_key="", topic="service", body="请改进。")
    return complain_as_visitor(session, Actor(ActorKind.PUBLIC), form=form, today=TODAY, zone=ZONE, now=NOW)


def references(rows: Sequence[ServiceRow]) -> list[str]:
    return [row.reference for row in rows]


def test_nothing(session: Session, wanted: ServiceFilter) -> None:
    page = service_page(session, wanted)
    assert (page.rows, page.before, page.after) == ((), None, None)
    counts = service_counts(session, wanted)
    assert (counts.found, counts.breached, counts.unacknowledged, counts.mine) == (0, 0, 0, 0)


@pytest.mark.parametrize("standing", Standing)
def test_many_with_one_promise_are_read_page_by_page_both_ways(
    session: Session, cast: Cast, wanted: ServiceFilter, standing: Standing
) -> None:
    for number in range(7):
        case = bring_up(session, cast.li_na, kind=CaseKind.COMPLAINT, topic=CaseTopic.SERVICE)
        case.answer_by = NOW + timedelta(hours=number // 3)
        complaint = complain(session)
        complaint.answer_by = NOW + timedelta(hours=number // 3)
        case.status = complaint.status = standing.value
    session.flush()
    narrowed = changed(wanted, standing=standing)
    forwards, key = [], None
    for _ in range(9):
        page = service_page(session, narrowed, key=key, size=2)
        forwards += references(page.rows)
        key = page.after
        if key is None:
            break
    assert len(forwards) == len(set(forwards)) == 14
    backwards = list(reversed(references(page.rows)))
    while page.before is not None:
        page = service_page(session, narrowed, key=page.before, size=2)
        backwards += reversed(references(page.rows))
    assert backwards == forwards[::-1]


def test_very_many_cost_no_more_statements(session: Session, cast: Cast, wanted: ServiceFilter) -> None:
    loan = add_loan(session, cast.li_na)
    counted: list[str] = []
    bind = session.get_bind()
    event.listen(bind, "before_cursor_execute", lambda *said: counted.append(said[2]))
    costs = []
    for number in (0, 60):
        for _ in range(number):
            bring_up(session, cast.li_na, loan)
        session.flush()
        counted.clear()
        page, counts = service_page(session, wanted), service_counts(session, wanted)
        costs.append(len(counted))
    assert costs[0] == costs[1] == 2
    assert (len(page.rows), counts.found) == (50, 60)
    assert page.after is not None


def test_each_choice_finds_its_own(session: Session, cast: Cast, wanted: ServiceFilter) -> None:
    loan = add_loan(session, cast.li_na)
    dispute = bring_up(session, cast.li_na, loan)
    talk = bring_up(session, cast.li_na, loan, kind=CaseKind.TALK, topic=CaseTopic.PAYING)
    number = bring_up(session, cast.li_na, loan, kind=CaseKind.TALK, topic=CaseTopic.PAYING)
    number.topic = CaseTopic.NUMBER_CHANGED.value
    number.answer_by = NOW - timedelta(minutes=1)
    visitor = complain(session)
    Handler(session, cast.zhou_min, dispute).take().ask_lender(loan)
    Handler(session, cast.wu_yan, talk).take()
    session.flush()
    found: dict[tuple[tuple[str, object], ...], list[ServiceCase | VisitorComplaint]] = {
        (("work", Work.DISPUTE),): [dispute],
        (("work", Work.TALK),): [talk],
        (("work", Work.NUMBER),): [number],
        (("work", Work.VISITOR),): [visitor],
        (("work", Work.VISITOR), ("turn", Turn.LENDER)): [],
        (("due", Due.OVERDUE),): [number],
        (("due", Due.LATER),): [talk, dispute, visitor],
        (("whose", Whose.MINE),): [dispute],
        (("whose", Whose.OTHERS),): [talk],
        (("whose", Whose.FREE),): [number, visitor],
        (("turn", Turn.LENDER),): [dispute],
        (("turn", Turn.US),): [number, talk, visitor],
        (("turn", Turn.UNACKNOWLEDGED),): [number, talk, dispute],
    }
    for choices, cases in found.items():
        narrowed = changed(wanted, **dict(choices))
        assert references(service_page(session, narrowed).rows) == [case.reference for case in cases], choices
        assert service_counts(session, narrowed).found == len(cases), choices


def test_what_is_no_business_of_somebody_is_not_in_their_queue(
    session: Session, cast: Cast, wanted: ServiceFilter
) -> None:
    bring_up(session, cast.li_na, add_loan(session, cast.li_na))
    about = bring_up(
        session, cast.wang_qiang, kind=CaseKind.COMPLAINT, topic=CaseTopic.SERVICE, staff_number="1002"
    )
    assert isinstance(about, ServiceCase)
    session.add(
        StaffRelation(staff_member_id=cast.zhou_min.id, borrower_id=cast.li_na.id, kind="close", made_at=NOW)
    )
    session.flush()
    assert references(service_page(session, wanted).rows) == []
    others = changed(wanted, actor=staff_actor(cast.wu_yan))
    assert len(service_page(session, others).rows) == 2


@pytest.mark.parametrize(
    "text", ["", "1", "1-2-3", "1-0-x", "-1-0-1", f"{10**18}-0-1", "1-0-" + "9" * 19, "１-0-1"]
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert ServiceKey.parse(text) is None


def test_a_place_reads_as_it_was_written() -> None:
    key = ServiceKey(1_700_000_000_000_001, is_visitors=True, id=7)
    assert ServiceKey.parse(str(key)) == key
