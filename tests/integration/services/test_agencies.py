"""Agencies: only those of the register, while their contract runs; evaluated in time; nothing left with them at the end (rule C20)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.agencies import EvaluationResult, WhyDue, evaluation_due
from portal.domain.errors import AccessRefused, Conflict, DomainError
from portal.domain.permissions import SYSTEM, Actor, ActorKind, Role
from portal.models import Agency, Creditor, Event, LoanStanding, StaffMember, WebSession
from portal.queries.agencies import agencies_under_contract, agency_lines, unregistered_agencies
from portal.queries.surroundings import agencies
from portal.services.agencies import (
    NewAgency,
    end_agency,
    end_due_agencies,
    evaluate_agency,
    register_agency,
    renew_contract,
)
from portal.services.staff_changes import enable_staff_member
from tests.people import NOW, TODAY, Cast, add_agency, add_loan

NEW = NewAgency(
    name="诚信服务有限公司",
    registration_number="91310115MA1K3YYY0B",
    phone="400-700-1234",
    contract_from=TODAY,
    contract_to=TODAY + timedelta(days=365),
)


def actor(member: StaffMember) -> Actor:
    return Actor(ActorKind.STAFF, member.id, frozenset(Role(role) for role in member.roles))


def evaluate(session: Session, by: StaffMember, agency: Agency, on: date, result: str = "passed") -> bool:
    return evaluate_agency(
        session,
        actor(by),
        agency=agency,
        evaluated_on=on,
        result=EvaluationResult(result),
        remark="见报告。",
        today=TODAY,
        now=NOW,
    )


def test_one_that_is_entered_stands_on_the_white_list_while_its_contract_runs(
    session: Session, cast: Cast
) -> None:
    agency = register_agency(session, actor(cast.wu_yan), new=NEW, today=TODAY, now=NOW)
    assert not agency.is_subdelegation_allowed
    for on, is_listed in (
        (TODAY - timedelta(days=1), False),
        (TODAY, True),
        (NEW.contract_to, True),
        (NEW.contract_to + timedelta(days=1), False),
    ):
        assert bool(agencies_under_contract(session, on=on)) is is_listed
    with pytest.raises(DomainError, match="agency_registered"):
        register_agency(session, actor(cast.sun_hao), new=NEW, today=TODAY, now=NOW)


@pytest.mark.parametrize("who", ["chen_chen", "zhou_min", "zheng_hao", "he_jing", "lin_yue"])
def test_others_enter_nothing(session: Session, cast: Cast, who: str) -> None:
    with pytest.raises(AccessRefused, match="permission_missing"):
        register_agency(session, actor(getattr(cast, who)), new=NEW, today=TODAY, now=NOW)


def test_sub_delegation_cannot_be_switched_on(session: Session) -> None:
    row = {
        "public_id": "d" * 32, "name": "甲", "registration_number": "1", "phone": "1", "contract_from": TODAY,
        "contract_to": TODAY, "is_subdelegation_allowed": True, "made_at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Agency).values(row))


def test_loans_go_to_agencies_of_the_register_under_contract_alone(session: Session, cast: Cast) -> None:
    creditor = session.scalars(select(Creditor)).one()
    creditor.agency = "正信服务有限公司"
    session.flush()
    assert agencies(session, on=TODAY) == {}
    assert unregistered_agencies(session) == [(creditor.name, "正信服务有限公司")]
    agency = add_agency(session, contract_to=TODAY)
    assert agencies(session, on=TODAY) == {creditor.name: agency.name}
    assert agencies(session, on=TODAY + timedelta(days=1)) == {}


FROM, TO = date(2026, 1, 1), date(2027, 12, 31)


@pytest.mark.parametrize(
    ("evaluated", "on", "why"),
    [
        ([], date(2026, 11, 1), None),
        ([], date(2026, 11, 3), WhyDue.YEARLY),
        ([date(2026, 11, 5)], date(2026, 12, 1), None),
        ([date(2027, 10, 1)], date(2027, 11, 2), WhyDue.EXPIRY),
        ([date(2027, 11, 2)], date(2027, 12, 1), None),
        ([], date(2027, 11, 2), WhyDue.YEARLY),
    ],
)
def test_an_evaluation_is_due_every_year_and_before_the_end(
    evaluated: list[date], on: date, why: WhyDue | None
) -> None:
    found = evaluation_due(FROM, TO, evaluated, on=on)
    assert (found and found.why) == why


def test_a_contract_is_renewed_after_an_evaluation_only(session: Session, cast: Cast) -> None:
    agency = add_agency(session)
    later = agency.contract_to + timedelta(days=365)

    def renew(to: date) -> None:
        renew_contract(session, actor(cast.wu_yan), agency=agency, contract_to=to, today=TODAY, now=NOW)

    with pytest.raises(DomainError, match="evaluation_missing"):
        renew(later)
    evaluate(session, cast.wu_yan, agency, TODAY - timedelta(days=61))
    with pytest.raises(DomainError, match="evaluation_missing"):
        renew(later)
    evaluate(session, cast.wu_yan, agency, TODAY - timedelta(days=1), "failed")
    with pytest.raises(DomainError, match="evaluation_missing"):
        renew(later)
    assert evaluate(session, cast.wu_yan, agency, TODAY, "conditions")
    assert not evaluate(session, cast.wu_yan, agency, TODAY, "conditions")
    with pytest.raises(Conflict, match="evaluated_already"):
        evaluate(session, cast.wu_yan, agency, TODAY)
    with pytest.raises(DomainError, match="contract_not_longer"):
        renew(agency.contract_to)
    renew(later)
    assert agency.contract_to == later


def test_with_the_contract_end_the_accounts_and_what_they_see(session: Session, cast: Cast) -> None:
    agency = add_agency(session, contract_to=TODAY)
    cast.he_jing.agency_id = agency.id
    session.add(
        WebSession(
            token_hash="1",
            audience="staff",
            person_id=cast.he_jing.id,
            data={},
            created_at=NOW,
            seen_at=NOW,
            expires_at=NOW,
        )
    )
    session.flush()
    assert end_due_agencies(session, SYSTEM, on=TODAY, now=NOW) == 0
    assert end_due_agencies(session, SYSTEM, on=TODAY + timedelta(days=1), now=NOW) == 1
    assert end_due_agencies(session, SYSTEM, on=TODAY + timedelta(days=1), now=NOW) == 0
    assert cast.he_jing.disabled_at is not None
    assert session.scalars(select(WebSession)).all() == []
    assert agency.data_removed_at is not None
    event = session.scalars(select(Event).where(Event.name == "agency:ended")).one()
    assert event.fields == {"agency_id": agency.id, "reason": "contract_over", "accounts": 1}
    assert not end_agency(session, actor(cast.wu_yan), agency=agency, now=NOW)
    with pytest.raises(Conflict, match="agency_over"):
        evaluate(session, cast.wu_yan, agency, TODAY)


def test_an_account_that_ended_with_it_is_not_used_again(session: Session, cast: Cast) -> None:
    agency = add_agency(session)
    cast.he_jing.agency_id = agency.id
    session.flush()
    end_agency(session, actor(cast.wu_yan), agency=agency, now=NOW)
    with pytest.raises(Conflict) as refused:
        enable_staff_member(session, actor(cast.sun_hao), member=cast.he_jing, now=NOW)
    assert refused.value.code == "agency_ended"
    assert cast.he_jing.disabled_at is not None


def test_loans_that_stand_with_one_that_has_ended_are_a_finding(session: Session, cast: Cast) -> None:
    session.scalars(select(Creditor)).one().agency = "正信服务有限公司"
    loan, agency = add_loan(session, cast.li_na), add_agency(session)
    session.add(
        LoanStanding(
            loan_id=loan.id,
            counted_on=TODAY,
            delinquent_days=91,
            oldest_unpaid_on=TODAY - timedelta(days=91),
            stage="agency",
            stage_basis="days",
            stage_since=TODAY,
        )
    )
    session.flush()
    assert [line.is_finding for line in agency_lines(session, on=TODAY)] == [False]
    end_agency(session, actor(cast.sun_hao), agency=agency, now=NOW)
    assert [(line.is_finding, line.loans) for line in agency_lines(session, on=TODAY)] == [(True, 1)]
