"""Less than all, offered by staff alone: what is waived, in which order, and within which bounds."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import DomainError
from portal.domain.loans import Components
from portal.domain.owed import owed_on
from portal.domain.plans import Plan, PlanKind, PlanRequest
from portal.domain.policy import Circumstances, Referral, assess
from portal.domain.pricing import price_plan
from portal.domain.settlement import settlement_bounds
from tests.unit.domain.late_loans import POLICY, RULES, TODAY, late_loan

LOAN = late_loan(extra=Components(fee=1_000, penalty=700))
OWED = owed_on(LOAN, TODAY)


def settle(minor: int, parts: int = 1, **asked: Any) -> Plan:
    request = PlanRequest(PlanKind.SETTLEMENT, installments=parts, settle_minor=minor, **asked)
    return price_plan(LOAN, request, RULES)


def test_penalty_is_given_up_first_then_fees_then_interest() -> None:
    interest = OWED.beside_principal.interest
    assert settle(OWED.total - 300).waived == Components(penalty=300)
    assert settle(OWED.total - 900).waived == Components(penalty=700, fee=200)
    assert settle(OWED.total - 1_800).waived == Components(penalty=700, fee=1_000, interest=100)
    assert settle(OWED.principal - 1).waived == Components(1, interest, 1_000, 700)


def test_what_is_paid_and_what_is_waived_are_all_that_is_owed() -> None:
    plan = settle(400_000, 3)
    assert [row.due for row in plan.rows] == [133_333, 133_333, 133_334]
    assert plan.cost.total_paid + plan.waived.total == OWED.total
    assert [row.balance for row in plan.rows] == [266_667, 133_334, 0]
    assert plan.cost.annual_compound_pct == "0.00"
    assert plan.cost.beyond_principal == 0
    assert "rest_is_waived" in plan.notes
    assert plan.running_rows == ()


def test_the_bounds_are_the_policys_share_and_a_cent_less_than_all() -> None:
    least, most = settlement_bounds(OWED, POLICY)
    assert (least, most) == (-(-OWED.total // 2), OWED.total - 1)
    assert (settle(least).cost.total_paid, settle(most).waived.total) == (least, 1)
    for beyond in (least - 1, most + 1, 0, -5):
        with pytest.raises(DomainError) as refusal:
            settle(beyond)
        assert (refusal.value.code, refusal.value.field) == ("settlement_out_of_bounds", "settle")


def test_a_settlement_always_goes_to_a_person() -> None:
    reasons = assess(settle(500_000), dpd=26, circumstances=Circumstances(), policy=POLICY).reasons
    assert set(reasons) == {Referral.SETTLEMENT_OR_WAIVER, Referral.KIND_NOT_AT_ONCE}


def test_its_first_date_waits_like_that_of_any_plan() -> None:
    with pytest.raises(DomainError, match="first_date_too_early"):
        settle(500_000, first_on=date(2026, 9, 16))
    assert settle(500_000, first_on=date(2026, 9, 17)).first_on == date(2026, 9, 17)


@given(st.integers(*settlement_bounds(OWED, POLICY)), st.integers(1, 3))
def test_no_cent_is_lost_whatever_is_asked(minor: int, parts: int) -> None:
    plan = settle(minor, parts)
    paid = sum((row.parts for row in plan.rows), Components())
    assert paid + plan.waived == Components(principal=OWED.principal) + OWED.beside_principal
    assert paid.total == minor
    assert len(plan.rows) == parts
